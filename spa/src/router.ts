import { createRouter, createWebHashHistory, type Router } from 'vue-router'
import WallPage from '@/pages/WallPage.vue'

/** Pages behind the hash: the gateway needs to know one address only, behind any path of a proxy. */
export function makeRouter(): Router {
  return createRouter({
    history: createWebHashHistory(),
    routes: [
      { path: '/', name: 'wall', component: WallPage },
      { path: '/streams/:id', name: 'stream', component: () => import('@/pages/StreamPage.vue'), props: true },
      { path: '/compare/:name', name: 'compare', component: () => import('@/pages/ComparePage.vue'), props: true },
      { path: '/scaling', name: 'scaling', component: () => import('@/pages/ScalingPage.vue') },
      { path: '/picture', name: 'picture', component: () => import('@/pages/PicturePage.vue') },
      { path: '/add', name: 'add', component: () => import('@/pages/AddPage.vue') },
      { path: '/edit/:id', name: 'edit', component: () => import('@/pages/AddPage.vue'), props: true },
      { path: '/:rest(.*)*', redirect: { name: 'wall' } },
    ],
    scrollBehavior: (_to, _from, saved) => saved ?? { top: 0 },
  })
}
