import { computed, shallowRef, type ComputedRef, type ShallowRef } from 'vue'
import { ask, send, type Session } from '@/api'

export type Credentials = { token: string } | { user: string; password: string }

const session: ShallowRef<Session | null> = shallowRef(null)

/** The token of an address that ends in `#token=…`; null for other addresses. */
export function tokenOf(hash: string): string | null {
  const token = new URLSearchParams(hash.replace(/^#\/?/, '')).get('token')
  return token === '' ? null : token
}

/** Who is at the page. */
export function useSession(): {
  session: ShallowRef<Session | null>
  isAdmin: ComputedRef<boolean>
  look: () => Promise<void>
  signIn: (credentials: Credentials) => Promise<void>
  signOut: () => Promise<void>
  lapse: () => void
} {
  return {
    session,
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
      if (session.value?.authenticated) session.value = { ...session.value, authenticated: false, role: null }
    },
  }
}

/** Takes a printed token out of the address before anything else sees it, and exchanges it. */
export async function exchangePrintedToken(): Promise<boolean> {
  const token = tokenOf(location.hash)
  if (token === null) return false
  history.replaceState(history.state, '', `${location.pathname}${location.search}#/`)
  session.value = await send<Session>('POST', 'session', { token })
  return true
}
