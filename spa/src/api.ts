/**
 * The REST answers of the gateway and how the page asks for them.
 *
 * Times (`*_at`, `now`, `since`) are microseconds of Redis' clock; `*_ms` are milliseconds.
 * Every address is relative to the page, so it works behind any path of any proxy.
 */
import type { Detection, DropReason, Timings } from '@/wire'

/** `live` and `stale` as the gateway sees it; the rest is what the source says of itself. */
export type StreamState =
  'live' | 'stale' | 'connecting' | 'offline' | 'paused' | 'ended' | 'no_workers'

/** One stream, as `GET /api/streams` lists it. */
export interface Stream {
  id: string
  name: string
  task: string
  state: StreamState
  /** When the stream came into this state. */
  since: number
  /** Why, in one sentence, when it is not well. */
  error: string
  /** Its address without credentials. */
  source: string
  kind: string
  width: number
  height: number
  /** Captured per second. */
  fps: number
  inferred_fps: number
  drop_fps: number
  /** Dropped since the books began, by reason. */
  drops: Partial<Record<DropReason, number>>
  age_p50_ms: number | null
  age_p95_ms: number | null
  watchers: number
  model: string
  precision: string
  device: string
  epoch: number
  /** Another live source uses the same name. */
  conflict: boolean
  /** It can be edited, paused and removed through this API. */
  managed: boolean
}

/** `GET /api/streams`. */
export interface StreamList {
  now: number
  streams: Stream[]
}

/** Where the frames of one stream, or of one task, went. */
export interface Account {
  pushed: number
  queued: number
  in_flight: number
  inferred: number
  dropped: Partial<Record<DropReason, number>>
  lost: number
  refused: Record<string, number>
  /** What the parts do not explain; 0, or something is wrong with the books. */
  error: number
}

/** `GET /api/streams/<id>`. */
export interface StreamDetail extends Stream {
  now: number
  ledger: Account | null
  /** The books of the source itself: captured = pushed + dropped at the source. */
  at_source: { captured: number; pushed: number; dropped: Record<string, number> } | null
  /** What an admin can edit; only for managed streams. */
  config: StreamConfig | null
}

/** One task, as `GET /api/tasks` lists it. */
export interface Task {
  task: string
  model: string
  precision: string
  device: string
  labels: string[]
  queue_depth: number
  jobs: number
  workers: number
  scale_ratio: number
}

/** What makes a stream: the body of `POST` and `PATCH /api/streams` and of `/api/streams/try`. */
export interface StreamConfig {
  name: string
  tasks: string[]
  /** `rtsp://…`, `http://…`, `camera:0`, `synthetic:`, or the `file:` name of an upload. */
  source: string
  fps: number | null
}

/** `POST /api/infer/<task>`. */
export interface Inference {
  task: string
  model: string
  precision: string
  device: string
  width: number
  height: number
  detections: Detection[]
  timings: Timings
}

/** `POST /api/streams/try`: one frame (Base64 JPEG) and what each task sees in it. */
export interface Trial {
  width: number
  height: number
  jpeg: string
  opened_ms: number
  results: Inference[]
}

/** `GET /api/session`. */
export interface Session {
  authenticated: boolean
  role: 'viewer' | 'admin' | null
  user: string | null
  /** The page is asked from this machine, where nobody has to sign in. */
  local: boolean
}

/** One task in `GET /api/scaling`; the lists have one value per entry of `times`. */
export interface ScalingSeries {
  task: string
  model: string
  precision: string
  device: string
  min_workers: number
  max_workers: number
  target: number
  times: number[]
  offered_fps: (number | null)[]
  inferred_fps: (number | null)[]
  dropped_fps: (number | null)[]
  scale_ratio: (number | null)[]
  workers: (number | null)[]
  utilisation: (number | null)[]
  queue_depth: (number | null)[]
  /** The workers of this moment. */
  workers_now: { id: string; host: string; state: string; cores: number; utilisation: number; inferred_fps: number }[]
}

/** One decision of the autoscaler. */
export interface ScalingEvent {
  time: number
  task: string
  from: number
  to: number
  reason: string
}

/** `GET /api/scaling`. */
export interface Scaling {
  now: number
  tasks: ScalingSeries[]
  events: ScalingEvent[]
}

/** What went wrong, in words for people; `status` is 0 when the gateway did not answer. */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    message: string,
    readonly retryAfterSeconds: number | null = null,
  ) {
    super(message)
    this.name = 'ApiError'
  }
}

/** The page's own address, without its hash. */
export function pageAddress(): URL {
  return new URL('.', document.baseURI)
}

/** The WebSocket address of a stream; `./` keeps the colon of the id from reading as a scheme. */
export function streamSocketAddress(id: string): string {
  const address = new URL(`./${id}`, pageAddress())
  address.protocol = address.protocol === 'https:' ? 'wss:' : 'ws:'
  return address.href
}

/** The plain MJPEG address of a stream, with boxes drawn in. */
export function mjpegAddress(id: string): string {
  return new URL(`./${id}.mjpg`, pageAddress()).href
}

const WORDS: Record<number, string> = {
  401: 'Please sign in.',
  403: 'Your account may not do this.',
  404: 'There is no such thing here (any more).',
  413: 'That is too large.',
  415: 'That is not a kind of file that can be read here.',
  429: 'Too many attempts: please wait a moment.',
  502: 'The gateway does not answer.',
  503: 'Nobody is there to do the work right now.',
}

async function failure(response: Response): Promise<ApiError> {
  let said = ''
  try {
    const body: unknown = await response.json()
    if (typeof body === 'object' && body !== null && 'error' in body) said = String(body.error)
  } catch {
    // An answer without JSON (a proxy's page, say) has no sentence of its own.
  }
  const retry = Number(response.headers.get('Retry-After'))
  const words = said || (WORDS[response.status] ?? `The gateway answered ${response.status}.`)
  return new ApiError(response.status, words, retry > 0 ? retry : null)
}

/** Asks the gateway for `path` (relative to `api/`); the answer's JSON, or an `ApiError`. */
export async function ask<T>(path: string, init: RequestInit = {}): Promise<T> {
  let response: Response
  try {
    response = await fetch(new URL(`./api/${path}`, pageAddress()), {
      credentials: 'same-origin',
      cache: 'no-store',
      ...init,
      // A header that a form of another origin cannot set without asking first.
      headers: { Accept: 'application/json', 'X-EI-Request': '1', ...init.headers },
    })
  } catch (error) {
    if (error instanceof DOMException && error.name === 'AbortError') throw error
    throw new ApiError(0, 'The gateway does not answer.')
  }
  if (!response.ok) throw await failure(response)
  return (response.status === 204 ? null : await response.json()) as T
}

/** `ask` with a JSON body. */
export function send<T>(method: 'POST' | 'PATCH' | 'DELETE', path: string, body?: unknown): Promise<T> {
  if (body === undefined) return ask<T>(path, { method })
  const headers = { 'Content-Type': 'application/json' }
  return ask<T>(path, { method, headers, body: JSON.stringify(body) })
}
