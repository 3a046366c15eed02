// Written by tools/generate.sh from apps/pipeline/messages, apps/gateway/api/answers.py
// and apps/gateway/api/bodies.py: edit those, then run it.

/** Why an accepted frame was not inferred: the complete list of the ledger. */
export type DropReason =
  | 'overflow'
  | 'newest'
  | 'stale'
  | 'malformed'
  | 'wrong_task'
  | 'too_large'
  | 'undecodable'
  | 'failed'
  | 'removed'

/** One detected object. */
export interface Detection {
  /** class name from the model's manifest. */
  label: string
  /** confidence, 0..1. */
  score: number
  /** `(x_min, y_min, x_max, y_max)`, as fractions 0..1 of the picture. */
  box: [number, number, number, number]
  /** track of the object; None without a tracker. */
  track_id?: number | null
  /** L2-normalised appearance vector; None without an embedder. */
  embedding?: number[] | null
  /** five facial points `(x, y)`, as fractions 0..1 of the picture; None if the model does not find landmarks. */
  landmarks?: [number, number][] | null
}

/** Processing times of one frame, in milliseconds. */
export interface Timings {
  queue_ms: number
  decode_ms: number
  infer_ms: number
  postprocess_ms: number
}

/** The result of one frame. */
export interface Result {
  /** stream id. */
  stream: string
  /** task name. */
  task: string
  /** sequence of the frame; for foreign frames, the arrival number. */
  sequence: number
  /** epoch of the frame; for foreign frames, the creation time of the ledger. */
  epoch: number
  /** capture time of the frame, or its arrival, microseconds of Redis' clock. */
  captured_at: number
  /** time when the detections were ready, microseconds of Redis' clock. */
  inferred_at: number
  /** of the original picture, pixels. */
  width: number
  /** of the original picture, pixels. */
  height: number
  /** model name, as in `models/<name>/`. */
  model: string
  /** precision that the engine executes, such as `INT8` or `FP32`. */
  precision: string
  /** `CPU`, `GPU`, …. */
  device: string
  /** incarnation of the worker. */
  worker: string
  /** detections, highest score first. */
  detections: Detection[]
  /** processing times. */
  timings: Timings
  /** unchanged JPEG of the producer; None unless a viewer needs pictures. */
  jpeg: Uint8Array | null
}

/** Frames of one stream, or of one task, by place and outcome. */
export interface Account {
  pushed: number
  queued: number
  in_flight: number
  inferred: number
  dropped: Record<string, number>
  lost: number
  refused: Record<string, number>
  /** Frames that the ledger cannot account for: 0. */
  error: number
}

/** The ledger of one task. */
export interface TaskLedger {
  pushed: number
  queued: number
  in_flight: number
  inferred: number
  dropped: Record<string, number>
  lost: number
  refused: Record<string, number>
  /** Frames that the ledger cannot account for: 0. */
  error: number
  task: string
  /** Identity of the data set: changes when Redis loses its data. */
  id: string
  at: number
  /** Bytes waiting. */
  bytes: number
  /** Settlements of another data set, never added. */
  unbooked: number
  streams: Record<string, Account>
}

/** `GET /api/ledger`. */
export interface LedgerAnswer {
  now: number
  tasks: TaskLedger[]
}

/** One stream. */
export interface Stream {
  id: string
  name: string
  task: string
  /** live, stale (its source works, but no result comes), no_workers, connecting, offline, paused or ended. */
  state: string
  /** When it entered this state. */
  since: number
  /** Why it does not work; empty while it does. */
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
  /** Since the ledger began, by reason. */
  drops: Record<string, number>
  age_p50_ms: number | null
  age_p95_ms: number | null
  /** Viewers of this gateway. */
  watchers: number
  model: string
  precision: string
  device: string
  /** A better model that tools/download-models.sh offers; or empty. */
  better: string
  epoch: number
  /** Another live source uses the same name. */
  conflict: boolean
  /** It can be changed through this API. */
  managed: boolean
}

/** `GET /api/streams`. */
export interface StreamList {
  now: number
  /** Why the list may be stale; empty while it is current. */
  problem: string
  streams: Stream[]
}

/** Counters of the source itself: captured = pushed + dropped. */
export interface AtSource {
  captured: number
  pushed: number
  dropped: Record<string, number>
}

/** Configuration of a stream; responses never contain its password. */
export interface StreamConfig {
  name: string
  tasks: string[]
  /** rtsp://, rtsps://, http:// or https:// address, camera:0, synthetic:, or the file: name of an upload. */
  source: string
  fps?: number | null
}

/** `GET /api/streams/<id>`. */
export interface StreamDetail {
  id: string
  name: string
  task: string
  /** live, stale (its source works, but no result comes), no_workers, connecting, offline, paused or ended. */
  state: string
  /** When it entered this state. */
  since: number
  /** Why it does not work; empty while it does. */
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
  /** Since the ledger began, by reason. */
  drops: Record<string, number>
  age_p50_ms: number | null
  age_p95_ms: number | null
  /** Viewers of this gateway. */
  watchers: number
  model: string
  precision: string
  device: string
  /** A better model that tools/download-models.sh offers; or empty. */
  better: string
  epoch: number
  /** Another live source uses the same name. */
  conflict: boolean
  /** It can be changed through this API. */
  managed: boolean
  now: number
  ledger: Account | null
  at_source: AtSource | null
  config: StreamConfig | null
}

/** Any part of a stream's configuration; fields that are left out stay. */
export interface StreamChange {
  name?: string
  tasks?: string[]
  source?: string
  fps?: number | null
  paused?: boolean
}

/** `POST /api/streams`: the added streams; they are live when their source responds. */
export interface Added {
  streams: Stream[]
}

/** One task. */
export interface Task {
  task: string
  model: string
  precision: string
  device: string
  /** A better model that tools/download-models.sh offers; or empty. */
  better: string
  labels: string[]
  queue_depth: number
  queue_bytes: number
  /** Jobs waiting or being worked on. */
  jobs: number
  workers: number
  /** Fully busy workers that the load needs. */
  scale_ratio: number
  /** Mean of the workers, 0..1. */
  utilisation: number
  inferred_fps: number
  drop_fps: number
}

/** `GET /api/tasks`. */
export interface TaskList {
  now: number
  tasks: Task[]
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

/** `POST /api/streams/try`: one frame (JPEG in Base64) and what each task detects in it. */
export interface Trial {
  width: number
  height: number
  jpeg: string
  opened_ms: number
  results: Inference[]
  /** Why a task has no result, by task. */
  problems: Record<string, string>
}

/** `POST /api/uploads`: the upload as a stream's source. */
export interface Uploaded {
  source: string
}

/** `GET /api/session`. */
export interface SessionAnswer {
  authenticated: boolean
  role: string | null
  user: string | null
  /** A call from this machine: signing in is not needed. */
  local: boolean
}

/** `POST /api/session`: a token, or a user and a password. */
export interface Credentials {
  token?: string | null
  user?: string | null
  password?: string | null
}

/** Current state of one worker. */
export interface WorkerNow {
  id: string
  host: string
  state: string
  cores: number
  utilisation: number
  inferred_fps: number
}

/** One task over time; the lists have one value per entry of `times`. */
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
  workers_now: WorkerNow[]
}

/** One decision of the autoscaler. */
export interface ScalingStep {
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
  events: ScalingStep[]
}

/** Body of every error response (RFC 9457). */
export interface Problem {
  /** Always about:blank: the status tells the kind. */
  type: string
  /** The phrase of the status. */
  title: string
  status: number
  /** What is wrong, and what to do about it. */
  detail: string
  /** The same as detail, for clients of older versions. */
  error: string
}
