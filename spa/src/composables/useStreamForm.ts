import { computed, reactive, ref, shallowRef, type ComputedRef, type Ref, type ShallowRef } from 'vue'
import { ApiError, ask, send, type Added, type StreamConfig, type StreamDetail, type Trial, type Uploaded } from '@/api'
import { kindOf, nameProblem, sourceProblem, type SourceKind } from '@/live/source'

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
  /** What is being done; empty when nothing is. */
  busy: Ref<'' | 'loading' | 'trying' | 'saving' | 'uploading'>
  wrong: Ref<string>
  trial: ShallowRef<Trial | null>
  choose: (kind: SourceKind) => void
  load: (id: string) => Promise<void>
  upload: (file: File) => Promise<void>
  tryIt: () => Promise<void>
  /** Saves; the id of the (first) stream, or null when something is wrong. */
  save: (id: string | null) => Promise<string | null>
}

const USUAL: Record<SourceKind, string> = { address: '', camera: 'camera:0', file: '', synthetic: 'synthetic:pattern' }

/** The form that adds, tries and edits a stream. */
export function useStreamForm(): StreamForm {
  const draft = reactive<StreamDraft>({ kind: 'address', name: '', tasks: [], source: '', fps: null })
  const busy: StreamForm['busy'] = ref('')
  const wrong = ref('')
  const trial: ShallowRef<Trial | null> = shallowRef(null)
  const problems = computed(() => ({
    name: nameProblem(draft.name),
    source: sourceProblem(draft.kind, draft.source),
    tasks: draft.tasks.length === 0 ? 'Choose at least one task.' : '',
  }))

  function config(): StreamConfig {
    const { name, tasks, source, fps } = draft
    return { name: name.trim(), tasks: [...tasks], source: source.trim(), fps: fps && fps > 0 ? fps : null }
  }

  async function during<T>(what: typeof busy.value, action: () => Promise<T>): Promise<T | null> {
    busy.value = what
    wrong.value = ''
    try {
      return await action()
    } catch (error) {
      wrong.value = error instanceof ApiError ? error.message : String(error)
      return null
    } finally {
      busy.value = ''
    }
  }

  return {
    draft, problems, busy, wrong, trial,
    ready: computed(() => Object.values(problems.value).every((problem) => problem === '')),
    choose: (kind) => {
      if (kind !== draft.kind) draft.source = USUAL[kind]
      draft.kind = kind
      trial.value = null
    },
    load: async (id) => {
      const detail = await during('loading', () => ask<StreamDetail>(`streams/${id}`))
      if (!detail?.config) return
      const { name, tasks, source, fps } = detail.config
      Object.assign(draft, { kind: kindOf(source), name, tasks: [...tasks], source, fps: fps ?? null })
    },
    upload: async (file) => {
      const headers = { 'Content-Type': file.type || 'application/octet-stream' }
      const path = `uploads?name=${encodeURIComponent(file.name)}`
      const uploaded = await during('uploading', () => ask<Uploaded>(path, { method: 'POST', body: file, headers }))
      if (!uploaded) return
      draft.source = uploaded.source
      draft.name ||= file.name.replace(/\.\w+$/, '')
    },
    tryIt: async () => {
      trial.value = null
      trial.value = await during('trying', () => send<Trial>('POST', 'streams/try', { ...config(), name: draft.name.trim() || 'trial' }))
    },
    save: (id) => during('saving', async () => {
      if (id !== null) return (await send<StreamDetail>('PATCH', `streams/${id}`, config())).id
      return (await send<Added>('POST', 'streams', config())).streams[0]?.id ?? null
    }),
  }
}
