import { vi } from 'vitest'

interface Request { method: string; path: string; body: unknown; headers: Record<string, string> }
interface Answer { status: number; body: unknown; headers: Record<string, string> }

/** Replaces `fetch`: records the requests and returns the responses that a test sets. */
export class FakeGateway {
  readonly requests: Request[] = []
  private readonly responses = new Map<string, Answer | null>()

  constructor() {
    vi.stubGlobal('fetch', (url: URL | string, init: RequestInit = {}) => this.handle(String(url), init))
  }

  /** Sets the response to a request such as `GET streams`. */
  respond(request: string, body: unknown, status = 200, headers: Record<string, string> = {}): this {
    this.responses.set(request, { status, body, headers })
    return this
  }

  /** Makes a request fail as if the gateway could not be reached. */
  stopResponding(request: string): this {
    this.responses.set(request, null)
    return this
  }

  /** How often a request such as `GET streams` was made. */
  count(request: string): number {
    return this.requests.filter(({ method, path }) => `${method} ${path}` === request).length
  }

  private handle(url: string, init: RequestInit): Promise<Response> {
    const method = init.method ?? 'GET'
    const path = url.slice(url.indexOf('/api/') + 5)
    const body: unknown = typeof init.body === 'string' ? JSON.parse(init.body) : init.body
    this.requests.push({ method, path, body, headers: init.headers as Record<string, string> })
    const response = this.responses.get(`${method} ${path}`) ?? this.responses.get(`${method} ${path.split('?')[0] ?? ''}`)
    if (!response) return Promise.reject(new TypeError('Failed to fetch'))
    const { status, headers } = response
    return Promise.resolve(new Response(status === 204 ? null : JSON.stringify(response.body), { status, headers }))
  }
}
