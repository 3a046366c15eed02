// Written by tools/generate_wire_types.py from apps/pipeline/messages.py: edit that, then run this.

export const AGE_BUCKETS_MS = [5, 10, 15, 20, 30, 40, 50, 65, 80, 100, 130, 160, 200, 250, 320, 400, 500, 650, 800, 1000, 1300, 1600, 2000, 3000, 5000, 10000] as const

/** One thing found in one picture. */
export interface Detection {
  /** class name from the model's manifest. */
  label: string
  /** confidence in 0..1. */
  score: number
  /** where, in 0..1 of the picture. */
  box: [number, number, number, number]
  /** identity over time, when a tracker ran. */
  track_id?: number | null
  /** L2-normalised appearance vector, when an embedder ran. */
  embedding?: number[] | null
  /** five facial points as `(x, y)` in 0..1, when the model gives them. */
  landmarks?: [number, number][] | null
}

/** Why an accepted frame was not inferred: the closed list of the ledger. */
export const DropReasons = ['overflow', 'newest', 'stale', 'malformed', 'wrong_task', 'too_large', 'undecodable', 'failed', 'removed'] as const
export type DropReason = (typeof DropReasons)[number]

/** One JPEG picture of one stream, on its way to the queue of one task. */
export interface Frame {
  /** stream name, 1 to 200 bytes of UTF-8 without control characters. */
  name: string
  /** task, `[a-z0-9-]+`. */
  category: string
  /** the JPEG. */
  data: Uint8Array
  /** counts the frames of one epoch; None from foreign producers. */
  sequence: number | null
  /** when the stream was started, microseconds of Redis' clock; None if foreign. */
  epoch: number | null
  /** when the picture was taken, microseconds of Redis' clock; None if foreign. */
  captured_at: number | null
}

/** Why a push was refused; refused frames were never accepted and are counted apart. */
export const RefusalReasons = ['too_large', 'conflict'] as const
export type RefusalReason = (typeof RefusalReasons)[number]

/** What was found in one frame: detections as data, and the untouched JPEG on demand. */
export interface Result {
  /** stream id. */
  stream: string
  /** task name. */
  task: string
  /** the frame's, or its arrival number for foreign frames. */
  sequence: number
  /** the frame's, or the ledger's birth for foreign frames. */
  epoch: number
  /** the frame's (or its arrival), microseconds of Redis' clock. */
  captured_at: number
  /** when the detections were ready, same clock. */
  inferred_at: number
  /** of the original picture, pixels. */
  width: number
  /** of the original picture, pixels. */
  height: number
  /** model name, as in `models/<name>/`. */
  model: string
  /** what the engine really runs, such as `INT8` or `FP32`. */
  precision: string
  /** `CPU`, `GPU`, …. */
  device: string
  /** incarnation of the worker. */
  worker: string
  /** best first. */
  detections: Detection[]
  /** where the time went. */
  timings: Timings
  /** the producer's picture, only while somebody watches. */
  jpeg: Uint8Array | null
}

/** What a source is doing. */
export const SourceStates = ['connecting', 'live', 'offline', 'paused', 'ended'] as const
export type SourceState = (typeof SourceStates)[number]

/** A source's heartbeat about one stream: one picture source feeding one task. */
export interface StreamInfo {
  /** stream id. */
  id: string
  /** stream name. */
  name: string
  /** task name. */
  task: string
  /** the source's present start, microseconds of Redis' clock. */
  epoch: number
  /** what the source is doing. */
  state: SourceState
  /** its address, credentials removed. */
  source: string
  /** `camera`, `file`, `rtsp`, `http`, `images`, `synthetic` or `foreign`. */
  kind: string
  /** why it is offline, one sentence; empty when it is well. */
  error: string
  /** pixels; 0 while unknown. */
  width: number
  /** pixels; 0 while unknown. */
  height: number
  /** pictures captured per second over the last seconds. */
  fps: number
  /** pictures captured since the epoch. */
  captured: number
  /** of these, accepted by the queue. */
  pushed: number
  /** of these, dropped at the source, by reason. */
  dropped: Record<string, number>
  /** microseconds of Redis' clock; 0 before the first picture. */
  last_captured_at: number
  /** another live source uses the same name. */
  conflict: boolean
}

/** What one worker did for one stream over its trailing window. */
export interface StreamLoad {
  /** frames inferred per second. */
  inferred_fps: number
  /** counts per bucket of `AGE_BUCKETS_MS` (one more for the open end): capture to result. */
  ages: number[]
  /** of the pictures, pixels. */
  width: number
  /** of the pictures, pixels. */
  height: number
}

/** Where the time of one frame went, in milliseconds. */
export interface Timings {
  queue_ms: number
  decode_ms: number
  infer_ms: number
  postprocess_ms: number
}

/** A worker's heartbeat. */
export interface WorkerInfo {
  /** incarnation, new for every start of the process and after every lost lease. */
  id: string
  /** the one task it serves. */
  task: string
  /** what it is doing. */
  state: WorkerState
  /** host or pod name. */
  host: string
  /** process id, for the operator. */
  pid: number
  /** model name. */
  model: string
  /** what the engine really runs. */
  precision: string
  /** `CPU`, `GPU`, …. */
  device: string
  /** class names that its model can find. */
  labels: string[]
  /** microseconds of Redis' clock. */
  started_at: number
  /** CPU time allowed, in cores. */
  cores: number
  /** inference requests in flight at most. */
  slots: number
  /** 0..1, trailing 10 s. */
  utilisation: number
  /** trailing 10 s. */
  inferred_fps: number
  /** claimed drops per second, trailing 10 s. */
  drop_fps: number
  /** `ei_scale_ratio`. */
  scale_ratio: number
  /** `ei_offered_work_seconds_total`. */
  offered_work_seconds: number
  /** what it did for each stream, by stream id. */
  streams: Record<string, StreamLoad>
}

/** What a worker is doing. */
export const WorkerStates = ['starting', 'ready', 'draining'] as const
export type WorkerState = (typeof WorkerStates)[number]
