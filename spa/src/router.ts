import { createRouter, createWebHashHistory, type RouteLocationNormalized, type Router } from 'vue-router'
import { fetchJson } from '@/api'
import WallPage from '@/pages/WallPage.vue'

/** Session storage key: when this tab last reloaded itself. */
const RELOADED_AT = 'elastic-inference.renewed'

/** Pages that are loaded on demand, or a few seconds after the start. */
const PAGES = {
  stream: () => import('@/pages/StreamPage.vue'),
  compare: () => import('@/pages/ComparePage.vue'),
  scaling: () => import('@/pages/ScalingPage.vue'),
  picture: () => import('@/pages/PicturePage.vue'),
  add: () => import('@/pages/AddPage.vue'),
}

/** Delay before the other pages are loaded, so that the visible page loads first. */
const PRELOAD_DELAY_MS = 3000

/** A router that keeps the page in the hash, so that the gateway serves one address behind any path of a proxy. */
export function makeRouter(): Router {
  const router = createRouter({
    history: createWebHashHistory(),
    routes: [
      { path: '/', name: 'wall', component: WallPage },
      { path: '/streams/:id', name: 'stream', component: PAGES.stream, props: true },
      { path: '/compare/:name', name: 'compare', component: PAGES.compare, props: true },
      { path: '/scaling', name: 'scaling', component: PAGES.scaling },
      { path: '/picture', name: 'picture', component: PAGES.picture },
      { path: '/add', name: 'add', component: PAGES.add },
      { path: '/edit/:id', name: 'edit', component: PAGES.add, props: true },
      { path: '/:rest(.*)*', redirect: { name: 'wall' } },
    ],
    scrollBehavior: (_to, _from, saved) => saved ?? { top: 0 },
  })
  router.afterEach((to) => (document.title = titleOf(to)))
  router.onError((_error, to) => void reloadOnce(to.fullPath))
  return router
}

/** Loads the other pages, so that they open without delay, even while the gateway is unavailable. */
export function preloadPages(): void {
  setTimeout(() => void Promise.allSettled(Object.values(PAGES).map((load) => load())), PRELOAD_DELAY_MS)
}

/** The title of the browser tab: stream, page and product. */
export function titleOf({ name, params }: Pick<RouteLocationNormalized, 'name' | 'params'>): string {
  const stream = String(params['name'] ?? decodeName(String(params['id'] ?? '')))
  const page = TITLES[String(name)] ?? ''
  return [stream, page, 'Elastic Inference'].filter(Boolean).join(' · ')
}

const TITLES: Record<string, string> = {
  compare: 'Compare', scaling: 'Scaling', picture: 'Try a picture', add: 'Add a stream', edit: 'Edit',
}

/** `hall%202:face` as `hall 2 (face)`; text that is not a valid id is returned unchanged. */
function decodeName(id: string): string {
  const [, name = '', task = ''] = /^(.*):([a-z0-9-]+)$/.exec(id) ?? []
  try {
    return name ? `${decodeURIComponent(name)} (${task})` : ''
  } catch {
    return id
  }
}

/**
 * Reloads the dashboard after a page failed to load, at most once a minute. The files of a dashboard
 * that has been open for weeks may have been replaced by an update. Without a gateway nothing is reloaded.
 */
async function reloadOnce(path: string): Promise<void> {
  try {
    await fetchJson('session')
  } catch {
    return
  }
  const reloadedAt = Number(sessionStorage.getItem(RELOADED_AT))
  if (Date.now() - reloadedAt < 60_000) return // the last reload did not help
  sessionStorage.setItem(RELOADED_AT, String(Date.now()))
  location.hash = path
  location.reload()
}
