import { computed, onScopeDispose, ref, shallowRef, type ComputedRef, type Ref, type ShallowRef } from 'vue'
import { ApiError, ask, type Inference } from '@/api'

/** The largest picture that is sent. */
export const LARGEST_BYTES = 20 * 1024 * 1024

const KINDS = ['image/jpeg', 'image/png']

/** Why a file cannot be sent, in words; null when it can. */
export function objection(file: File): string | null {
  if (!KINDS.includes(file.type)) return `“${file.name}” is not a JPEG or PNG picture.`
  if (file.size > LARGEST_BYTES) return `“${file.name}” is larger than 20 MB.`
  return null
}

export interface PictureTrial {
  picture: ShallowRef<ImageBitmap | null>
  answer: ShallowRef<Inference | null>
  wrong: Ref<string>
  busy: ComputedRef<boolean>
  /** Takes a picture and asks what is seen in it. */
  take: (file: File, task: string) => Promise<void>
  /** Asks another task about the same picture. */
  again: (task: string) => Promise<void>
}

/** One picture and what a task sees in it. */
export function usePicture(): PictureTrial {
  const picture: ShallowRef<ImageBitmap | null> = shallowRef(null)
  const answer: ShallowRef<Inference | null> = shallowRef(null)
  const wrong = ref('')
  const running = ref(0)
  let file: File | null = null
  let latest: AbortController | null = null

  async function again(task: string): Promise<void> {
    if (!file || !task) return
    latest?.abort()
    const mine = (latest = new AbortController())
    running.value++
    wrong.value = ''
    try {
      const headers = { 'Content-Type': file.type }
      answer.value = await ask<Inference>(`infer/${task}`, { method: 'POST', body: file, headers, signal: mine.signal })
    } catch (error) {
      if (mine.signal.aborted) return
      answer.value = null
      wrong.value = error instanceof ApiError ? error.message : String(error)
    } finally {
      running.value--
    }
  }

  async function take(next: File, task: string): Promise<void> {
    answer.value = null
    wrong.value = objection(next) ?? ''
    if (wrong.value) return
    try {
      const decoded = await createImageBitmap(next)
      picture.value?.close()
      picture.value = decoded
    } catch {
      wrong.value = `“${next.name}” cannot be read as a picture: it may be truncated.`
      return
    }
    file = next
    await again(task)
  }

  onScopeDispose(() => {
    latest?.abort()
    picture.value?.close()
  })
  return { picture, answer, wrong, busy: computed(() => running.value > 0), take, again }
}
