import { mount, type VueWrapper } from '@vue/test-utils'
import { defineComponent, h, type Component } from 'vue'
import { createMemoryHistory, createRouter, type Router } from 'vue-router'
import { provideStreamList, type StreamList } from '@/composables/useStreamList'

const nothing = { template: '<i />' }

/** A router with the names of the page's routes and nothing behind them. */
export function testRouter(): Router {
  const names = { wall: '/', stream: '/streams/:id', compare: '/compare/:name', scaling: '/scaling', picture: '/picture', add: '/add', edit: '/edit/:id' }
  const routes = Object.entries(names).map(([name, path]) => ({ name, path, component: nothing }))
  return createRouter({ history: createMemoryHistory(), routes })
}

/** Runs a composable in a component, as it would run on a page. */
export function within<T>(use: () => T, list = false): { value: T; wrapper: VueWrapper } {
  let value: T | undefined
  const inner = defineComponent({ setup: () => { value = use(); return () => h('i') } })
  const outer = defineComponent({ setup: () => { if (list) provideStreamList(); return () => h(inner) } })
  const wrapper = mount(outer)
  return { value: value as T, wrapper }
}

/** Mounts a component below a stream list and a router. */
export async function mountBelow(component: Component, props: Record<string, unknown>): Promise<{ wrapper: VueWrapper; list: StreamList; router: Router }> {
  const router = testRouter()
  await router.push('/')
  let list: StreamList | undefined
  const outer = defineComponent({ setup: () => { list = provideStreamList(); return () => h(component, props) } })
  const wrapper = mount(outer, { global: { plugins: [router] }, attachTo: document.body })
  return { wrapper, list: list as StreamList, router }
}
