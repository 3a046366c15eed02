import { computed, onScopeDispose, ref, shallowRef, type ComputedRef, type Ref, type ShallowRef } from 'vue'
import { ApiError, fetchJson, type Inference } from '@/api'

/** The largest picture that can be sent. */
export const MAX_UPLOAD_BYTES = 20 * 1024 * 1024

const FILE_TYPES = ['image/jpeg', 'image/png']

/** Why a file cannot be sent; null when it can. */
export function fileProblem(file: File): string | null {
  if (!FILE_TYPES.includes(file.type)) return `“${file.name}” is not a JPEG or PNG file.`
  if (file.size > MAX_UPLOAD_BYTES) return `“${file.name}” is larger than 20 MB.`
  return null
}

export interface PictureInference {
  picture: ShallowRef<ImageBitmap | null>
  inference: ShallowRef<Inference | null>
  errorText: Ref<string>
  busy: ComputedRef<boolean>
  /** Loads a picture and runs a task on it. */
  load: (file: File, task: string) => Promise<void>
  /** Runs a task on the loaded picture. */
  infer: (task: string) => Promise<void>
}

/** One picture and the detections of a task in it. */
export function usePictureInference(): PictureInference {
  const picture: ShallowRef<ImageBitmap | null> = shallowRef(null)
  const inference: ShallowRef<Inference | null> = shallowRef(null)
  const errorText = ref('')
  const running = ref(0)
  let file: File | null = null
  let latest: AbortController | null = null

  async function infer(task: string): Promise<void> {
    if (!file || !task) return
    latest?.abort()
    const request = (latest = new AbortController())
    running.value++
    errorText.value = ''
    try {
      const headers = { 'Content-Type': file.type }
      inference.value = await fetchJson<Inference>(`infer/${task}`, { method: 'POST', body: file, headers, signal: request.signal })
    } catch (error) {
      if (request.signal.aborted) return
      inference.value = null
      errorText.value = error instanceof ApiError ? error.message : String(error)
    } finally {
      running.value--
    }
  }

  async function load(next: File, task: string): Promise<void> {
    inference.value = null
    errorText.value = fileProblem(next) ?? ''
    if (errorText.value) return
    try {
      const decoded = await createImageBitmap(next)
      picture.value?.close()
      picture.value = decoded
    } catch {
      errorText.value = `“${next.name}” cannot be decoded. The file may be damaged.`
      return
    }
    file = next
    await infer(task)
  }

  onScopeDispose(() => {
    latest?.abort()
    picture.value?.close()
  })
  return { picture, inference, errorText, busy: computed(() => running.value > 0), load, infer }
}
