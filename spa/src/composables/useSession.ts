import { computed, ref, shallowRef, type ComputedRef, type Ref, type ShallowRef } from 'vue'
import { ApiError, ask, send, type Session } from '@/api'

type SignIn = { token: string } | { user: string; password: string }

const session: ShallowRef<Session | null> = shallowRef(null)
const problem = ref('')

/** The token of an address that ends in `#token=…`; null for other addresses. */
export function tokenOf(hash: string): string | null {
  const token = new URLSearchParams(hash.replace(/^#\/?/, '')).get('token')
  return token === '' ? null : token
}

/** Who is at the page. */
export function useSession(): {
  session: ShallowRef<Session | null>
  /** Why the printed token did not open the door; empty when it did or there was none. */
  problem: Ref<string>
  isAdmin: ComputedRef<boolean>
  look: () => Promise<void>
  signIn: (credentials: SignIn) => Promise<void>
  signOut: () => Promise<void>
  lapse: () => void
} {
  return {
    session,
    problem,
    isAdmin: computed(() => session.value?.role === 'admin'),
    look: async () => {
      session.value = await ask<Session>('session')
    },
    signIn: async (credentials) => {
      session.value = await send<Session>('POST', 'session', credentials)
    },
    signOut: async () => {
      await send('DELETE', 'session')
      session.value = await ask<Session>('session')
    },
    /** The gateway said 401: the session has run out. */
    lapse: () => {
      session.value = { user: null, local: false, ...session.value, authenticated: false, role: null }
    },
  }
}

/** Takes a printed token out of the address before anything else sees it, and exchanges it. */
export async function exchangePrintedToken(): Promise<boolean> {
  const token = tokenOf(location.hash)
  if (token === null) return false
  history.replaceState(history.state, '', `${location.pathname}${location.search}#/`)
  try {
    session.value = await send<Session>('POST', 'session', { token })
    return true
  } catch (error) {
    problem.value = error instanceof ApiError ? error.message : String(error)
    return false
  }
}
