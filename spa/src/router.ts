import { createRouter, createWebHashHistory, type RouteLocationNormalized, type Router } from 'vue-router'
import { ask } from '@/api'
import WallPage from '@/pages/WallPage.vue'

/** When this tab last loaded itself again. */
const RENEWED = 'elastic-inference.renewed'

/** Loaded when first needed, or when there is nothing better to do. */
const PAGES = {
  stream: () => import('@/pages/StreamPage.vue'),
  compare: () => import('@/pages/ComparePage.vue'),
  scaling: () => import('@/pages/ScalingPage.vue'),
  picture: () => import('@/pages/PicturePage.vue'),
  add: () => import('@/pages/AddPage.vue'),
}

/** How long after the start the other pages are fetched: first comes what is on screen. */
const LATER_MS = 3000

/** Pages behind the hash: the gateway needs to know one address only, behind any path of a proxy. */
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
  router.onError((_error, to) => void renew(to.fullPath))
  return router
}

/** Fetches the other pages, so that they open at once, and while the gateway is away. */
export function fetchPagesLater(): void {
  setTimeout(() => void Promise.allSettled(Object.values(PAGES).map((load) => load())), LATER_MS)
}

/** What the tab is called: the stream or the page, and where one is. */
export function titleOf({ name, params }: Pick<RouteLocationNormalized, 'name' | 'params'>): string {
  const stream = String(params['name'] ?? decodeName(String(params['id'] ?? '')))
  const page = TITLES[String(name)] ?? ''
  return [stream, page, 'Elastic Inference'].filter(Boolean).join(' · ')
}

const TITLES: Record<string, string> = {
  compare: 'compared', scaling: 'Scaling', picture: 'Try a picture', add: 'Add a stream', edit: 'edit',
}

/** `hall%202:face` as `hall 2 (face)`; what is no id stays as it is. */
function decodeName(id: string): string {
  const [, name = '', task = ''] = /^(.*):([a-z0-9-]+)$/.exec(id) ?? []
  try {
    return name ? `${decodeURIComponent(name)} (${task})` : ''
  } catch {
    return id
  }
}

/**
 * A page could not be loaded. A dashboard that is open for weeks outlives the files that it came
 * from: where the gateway answers, the new ones are loaded; where it does not, nothing is lost.
 */
async function renew(path: string): Promise<void> {
  try {
    await ask('session')
  } catch {
    return
  }
  const renewedAt = Number(sessionStorage.getItem(RENEWED))
  if (Date.now() - renewedAt < 60_000) return // it was no better: not again and again
  sessionStorage.setItem(RENEWED, String(Date.now()))
  location.hash = path
  location.reload()
}
