import { computed, ref, shallowRef, type ComputedRef, type Ref, type ShallowRef } from 'vue'
import { ApiError, fetchJson, sendJson, type Session } from '@/api'

type SignIn = { token: string } | { user: string; password: string }

const session: ShallowRef<Session | null> = shallowRef(null)
const problem = ref('')

/** The token in a hash such as `#token=…`; null for other hashes. */
export function tokenFromHash(hash: string): string | null {
  const token = new URLSearchParams(hash.replace(/^#\/?/, '')).get('token')
  return token === '' ? null : token
}

/** The session of the browser and its user. */
export function useSession(): {
  session: ShallowRef<Session | null>
  /** Why the token in the address was not accepted; empty when it was, or when there was none. */
  problem: Ref<string>
  isAdmin: ComputedRef<boolean>
  /** Loads the session. */
  load: () => Promise<void>
  signIn: (credentials: SignIn) => Promise<void>
  signOut: () => Promise<void>
  /** Marks the session as ended, after a response with status 401. */
  expire: () => void
} {
  return {
    session,
    problem,
    isAdmin: computed(() => session.value?.role === 'admin'),
    load: async () => {
      session.value = await fetchJson<Session>('session')
    },
    signIn: async (credentials) => {
      session.value = await sendJson<Session>('POST', 'session', credentials)
    },
    signOut: async () => {
      await sendJson('DELETE', 'session')
      session.value = await fetchJson<Session>('session')
    },
    expire: () => {
      session.value = { user: null, local: false, ...session.value, authenticated: false, role: null }
    },
  }
}

/**
 * Exchanges the token in the address, which the gateway prints at its start, for a session. The token is
 * removed from the address first. Returns whether there is a session.
 */
export async function exchangeTokenInUrl(): Promise<boolean> {
  const token = tokenFromHash(location.hash)
  if (token === null) return false
  history.replaceState(history.state, '', `${location.pathname}${location.search}#/`)
  try {
    session.value = await sendJson<Session>('POST', 'session', { token })
    return true
  } catch (error) {
    problem.value = error instanceof ApiError ? error.message : String(error)
    return false
  }
}
