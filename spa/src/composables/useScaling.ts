import { watch, shallowRef, type ShallowRef } from 'vue'
import { ask, type ApiError, type Scaling } from '@/api'
import { usePoll } from '@/composables/usePoll'
import { merge, newest } from '@/live/scaling'

/** How every task scales, over the last quarter of an hour; only what is new is asked for. */
export function useScaling(): { scaling: ShallowRef<Scaling | null>; error: ShallowRef<ApiError | null> } {
  const scaling: ShallowRef<Scaling | null> = shallowRef(null)
  const { value, error } = usePoll(
    (signal) => ask<Scaling>(`scaling?since=${newest(scaling.value)}`, { signal }),
    2000,
  )
  watch(value, (heard) => {
    if (heard) scaling.value = merge(scaling.value, heard)
  })
  return { scaling, error }
}
