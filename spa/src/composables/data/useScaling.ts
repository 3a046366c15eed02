import { watch, shallowRef, type ShallowRef } from 'vue'
import { fetchJson, type ApiError, type Scaling } from '@/api'
import { mergeScaling, newestTime } from '@/charts/scaling-history'
import { usePoll } from '@/composables/data/usePoll'

/** The scaling history of all tasks over the last 15 minutes. Each request fetches only new values. */
export function useScaling(): { scaling: ShallowRef<Scaling | null>; error: ShallowRef<ApiError | null> } {
  const scaling: ShallowRef<Scaling | null> = shallowRef(null)
  const { value, error } = usePoll(
    (signal) => fetchJson<Scaling>(`scaling?since=${newestTime(scaling.value)}`, { signal }),
    2000,
  )
  watch(value, (response) => {
    if (response) scaling.value = mergeScaling(scaling.value, response)
  })
  return { scaling, error }
}
