import { mount, type VueWrapper } from '@vue/test-utils'
import { defineComponent, h, type Component } from 'vue'
import { createMemoryHistory, createRouter, type Router } from 'vue-router'
import { provideStreamList, type StreamList } from '@/composables/data/useStreamList'

const emptyPage = { template: '<i />' }

/** A router with the names of the dashboard's routes and empty pages. */
export function testRouter(): Router {
  const names = { wall: '/', stream: '/streams/:id', compare: '/compare/:name', scaling: '/scaling', picture: '/picture', add: '/add', edit: '/edit/:id' }
  const routes = Object.entries(names).map(([name, path]) => ({ name, path, component: emptyPage }))
  return createRouter({ history: createMemoryHistory(), routes })
}

/** Runs a composable in the setup function of a component. */
export function mountComposable<T>(use: () => T): { value: T; wrapper: VueWrapper } {
  let value: T | undefined
  const wrapper = mount(defineComponent({ setup: () => { value = use(); return () => h('i') } }))
  return { value: value as T, wrapper }
}

/** Mounts a component with a stream list and a router. */
export async function mountInApp(component: Component, props: Record<string, unknown>): Promise<{ wrapper: VueWrapper; list: StreamList; router: Router }> {
  const router = testRouter()
  await router.push('/')
  let list: StreamList | undefined
  const outer = defineComponent({ setup: () => { list = provideStreamList(); return () => h(component, props) } })
  const wrapper = mount(outer, { global: { plugins: [router] }, attachTo: document.body })
  return { wrapper, list: list as StreamList, router }
}
