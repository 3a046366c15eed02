import { computed, reactive, ref, shallowRef, type ComputedRef, type Ref, type ShallowRef } from 'vue'
import { ApiError, fetchJson, sendJson, type Added, type StreamConfig, type StreamDetail, type Trial, type Uploaded } from '@/api'
import { kindOf, nameProblem, sourceProblem, type SourceKind } from '@/streams/source-address'

export interface StreamDraft {
  kind: SourceKind
  name: string
  tasks: string[]
  source: string
  fps: number | null
}

export interface StreamForm {
  draft: StreamDraft
  problems: ComputedRef<{ name: string; source: string; tasks: string }>
  ready: ComputedRef<boolean>
  /** The operation in progress; empty when there is none. */
  busy: Ref<'' | 'loading' | 'trying' | 'saving' | 'uploading'>
  errorText: Ref<string>
  trial: ShallowRef<Trial | null>
  chooseKind: (kind: SourceKind) => void
  load: (id: string) => Promise<void>
  upload: (file: File) => Promise<void>
  testSource: () => Promise<void>
  /** Saves the form. Returns the id of the (first) stream, or null after an error. */
  save: (id: string | null) => Promise<string | null>
}

const DEFAULT_SOURCES: Record<SourceKind, string> = { address: '', camera: 'camera:0', file: '', synthetic: 'synthetic:pattern' }

/** The form that adds, tests and edits a stream. */
export function useStreamForm(): StreamForm {
  const draft = reactive<StreamDraft>({ kind: 'address', name: '', tasks: [], source: '', fps: null })
  const busy: StreamForm['busy'] = ref('')
  const errorText = ref('')
  const trial: ShallowRef<Trial | null> = shallowRef(null)
  const problems = computed(() => ({
    name: nameProblem(draft.name),
    source: sourceProblem(draft.kind, draft.source),
    tasks: draft.tasks.length === 0 ? 'Select at least one task.' : '',
  }))

  function config(): StreamConfig {
    const { name, tasks, source, fps } = draft
    return { name: name.trim(), tasks: [...tasks], source: source.trim(), fps: fps && fps > 0 ? fps : null }
  }

  async function run<T>(operation: typeof busy.value, action: () => Promise<T>): Promise<T | null> {
    busy.value = operation
    errorText.value = ''
    try {
      return await action()
    } catch (error) {
      errorText.value = error instanceof ApiError ? error.message : String(error)
      return null
    } finally {
      busy.value = ''
    }
  }

  return {
    draft, problems, busy, errorText, trial,
    ready: computed(() => Object.values(problems.value).every((problem) => problem === '')),
    chooseKind: (kind) => {
      if (kind !== draft.kind) draft.source = DEFAULT_SOURCES[kind]
      draft.kind = kind
      trial.value = null
    },
    load: async (id) => {
      const detail = await run('loading', () => fetchJson<StreamDetail>(`streams/${id}`))
      if (!detail?.config) return
      const { name, tasks, source, fps } = detail.config
      Object.assign(draft, { kind: kindOf(source), name, tasks: [...tasks], source, fps: fps ?? null })
    },
    upload: async (file) => {
      const headers = { 'Content-Type': file.type || 'application/octet-stream' }
      const path = `uploads?name=${encodeURIComponent(file.name)}`
      const uploaded = await run('uploading', () => fetchJson<Uploaded>(path, { method: 'POST', body: file, headers }))
      if (!uploaded) return
      draft.source = uploaded.source
      draft.name ||= file.name.replace(/\.\w+$/, '')
    },
    testSource: async () => {
      trial.value = null
      trial.value = await run('trying', () => sendJson<Trial>('POST', 'streams/try', { ...config(), name: draft.name.trim() || 'trial' }))
    },
    save: (id) => run('saving', async () => {
      if (id !== null) return (await sendJson<StreamDetail>('PATCH', `streams/${id}`, config())).id
      return (await sendJson<Added>('POST', 'streams', config())).streams[0]?.id ?? null
    }),
  }
}
