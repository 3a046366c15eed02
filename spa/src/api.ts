/**
 * How the page asks the gateway, and the types of what it answers.
 *
 * Times (`*_at`, `now`, `since`) are microseconds of Redis' clock; `*_ms` are milliseconds. Every address
 * is relative to the page, so it works behind any path of any proxy.
 */
import type { SessionAnswer } from '@/wire'

export type {
  Account, Added, Credentials, Inference, Scaling, ScalingSeries, ScalingStep, Stream, StreamChange, StreamConfig,
  StreamDetail, StreamList, Task, TaskList, Trial, Uploaded, WorkerNow,
} from '@/wire'
export type Session = SessionAnswer

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
