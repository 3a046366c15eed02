/**
 * Requests to the gateway and the types of its responses.
 *
 * Times (`*_at`, `now`, `since`) are microseconds of Redis' clock; `*_ms` are milliseconds. All addresses
 * are relative to the page, so that the page works behind any path of a proxy.
 */
import { GATEWAY_SILENT, tooManyAttempts } from '@/text/messages'
import type { SessionAnswer } from '@/wire'

export type {
  Account, Added, Credentials, Inference, Scaling, ScalingSeries, ScalingStep, Stream, StreamChange, StreamConfig,
  StreamDetail, StreamList, Task, TaskList, Trial, Uploaded, WorkerNow,
} from '@/wire'
export type Session = SessionAnswer

/** A failed request. `message` is shown to people; `status` is the HTTP status, or 0 without a response. */
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

/** The page's address without its hash. */
export function pageAddress(): URL {
  return new URL('.', document.baseURI)
}

/** The WebSocket address of a stream. Without `./` the colon in the id would be parsed as a URL scheme. */
export function streamSocketAddress(id: string): string {
  const address = new URL(`./${id}`, pageAddress())
  address.protocol = address.protocol === 'https:' ? 'wss:' : 'ws:'
  return address.href
}

/** The address of a stream as MJPEG with boxes. */
export function mjpegAddress(id: string): string {
  return new URL(`./${id}.mjpg`, pageAddress()).href
}

/** Messages for responses that contain no message, such as a proxy's error page. */
const MESSAGES: Record<number, string> = {
  401: 'Sign in to continue.',
  403: 'Your account does not have permission to do this.',
  404: 'Not found. It may have been removed.',
  413: 'The file is too large.',
  415: 'This file type is not supported.',
  429: tooManyAttempts(null),
  502: GATEWAY_SILENT,
  503: 'The service is temporarily unavailable. Try again in a moment.',
}

/** The gateway's message in the body of an error response: `detail` (RFC 9457), or `error` of older versions. */
async function messageIn(response: Response): Promise<string> {
  try {
    const body = (await response.json()) as { detail?: unknown; error?: unknown } | null
    const message = body?.detail ?? body?.error
    return typeof message === 'string' ? message : ''
  } catch {
    return '' // not JSON, such as a proxy's error page
  }
}

async function failure(response: Response): Promise<ApiError> {
  const retry = Number(response.headers.get('Retry-After'))
  const message = (await messageIn(response)) || (MESSAGES[response.status] ?? `The gateway returned HTTP status ${response.status}.`)
  return new ApiError(response.status, message, retry > 0 ? retry : null)
}

/**
 * Requests `path` (relative to `api/`) and returns the response's JSON; null for status 204.
 *
 * @throws ApiError when the gateway does not respond or reports an error
 */
export async function fetchJson<T>(path: string, init: RequestInit = {}): Promise<T> {
  let response: Response
  try {
    response = await fetch(new URL(`./api/${path}`, pageAddress()), {
      credentials: 'same-origin',
      cache: 'no-store',
      ...init,
      // A form of another origin cannot send this header, which protects against forged requests.
      headers: { Accept: 'application/json', 'X-EI-Request': '1', ...init.headers },
    })
  } catch (error) {
    if (error instanceof DOMException && error.name === 'AbortError') throw error
    throw new ApiError(0, GATEWAY_SILENT)
  }
  if (!response.ok) throw await failure(response)
  return (response.status === 204 ? null : await response.json()) as T
}

/** `fetchJson` with a JSON body. */
export function sendJson<T>(method: 'POST' | 'PATCH' | 'DELETE', path: string, body?: unknown): Promise<T> {
  if (body === undefined) return fetchJson<T>(path, { method })
  const headers = { 'Content-Type': 'application/json' }
  return fetchJson<T>(path, { method, headers, body: JSON.stringify(body) })
}
