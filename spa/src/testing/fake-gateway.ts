import { vi } from 'vitest'

/** What the gateway was asked for, and what it answers: `null` as the answer means it is gone. */
export class FakeGateway {
  readonly asked: { method: string; path: string; body: unknown; headers: Record<string, string> }[] = []
  private readonly answers = new Map<string, { status: number; body: unknown; headers: Record<string, string> } | null>()

  constructor() {
    vi.stubGlobal('fetch', (url: URL | string, init: RequestInit = {}) => this.take(String(url), init))
  }

  /** From now on `GET streams` (say) is answered so. */
  on(question: string, body: unknown, status = 200, headers: Record<string, string> = {}): this {
    this.answers.set(question, { status, body, headers })
    return this
  }

  /** From now on nobody answers this question. */
  silent(question: string): this {
    this.answers.set(question, null)
    return this
  }

  /** How often a question was asked. */
  count(question: string): number {
    return this.asked.filter(({ method, path }) => `${method} ${path}` === question).length
  }

  private take(url: string, init: RequestInit): Promise<Response> {
    const method = init.method ?? 'GET'
    const path = url.slice(url.indexOf('/api/') + 5)
    const body: unknown = typeof init.body === 'string' ? JSON.parse(init.body) : init.body
    this.asked.push({ method, path, body, headers: init.headers as Record<string, string> })
    const answer = this.answers.get(`${method} ${path}`) ?? this.answers.get(`${method} ${path.split('?')[0] ?? ''}`)
    if (!answer) return Promise.reject(new TypeError('Failed to fetch'))
    const { status, headers } = answer
    return Promise.resolve(new Response(status === 204 ? null : JSON.stringify(answer.body), { status, headers }))
  }
}
