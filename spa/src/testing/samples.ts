import type { Detection, Result, Stream } from '@/wire'

/** A person in the middle of the frame. */
export function detection(change: Partial<Detection> = {}): Detection {
  return { label: 'person', score: 0.9, box: [0.4, 0.2, 0.6, 0.8], ...change }
}

/** A result with a JPEG of three bytes. */
export function result(change: Partial<Result> = {}): Result {
  return {
    stream: 'hall:people', task: 'people', sequence: 1, epoch: 7, captured_at: 1_000_000, inferred_at: 1_040_000,
    width: 640, height: 360, model: 'person-detection-retail-0013', precision: 'FP32', device: 'CPU', worker: 'w1',
    detections: [detection()], timings: { queue_ms: 3, decode_ms: 2, infer_ms: 20, postprocess_ms: 1 },
    jpeg: new Uint8Array([1, 2, 3]), ...change,
  }
}

/** A live stream. */
export function stream(change: Partial<Stream> = {}): Stream {
  return {
    id: 'hall:people', name: 'hall', task: 'people', state: 'live', since: 0, error: '', source: 'rtsp://10.0.0.9/live',
    kind: 'rtsp', width: 640, height: 360, fps: 15, inferred_fps: 15, drop_fps: 0, drops: {}, age_p50_ms: 50,
    age_p95_ms: 90, watchers: 1, model: 'person-detection-retail-0013', precision: 'FP32', device: 'CPU', better: '', epoch: 7,
    conflict: false, managed: true, ...change,
  }
}
