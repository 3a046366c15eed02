import { computed, onScopeDispose, ref, watch, type ComputedRef, type Ref } from 'vue'

/** Whether the browser tab is visible. */
export function usePageVisible(): Readonly<Ref<boolean>> {
  const visible = ref(!document.hidden)
  const update = (): void => {
    visible.value = !document.hidden
  }
  document.addEventListener('visibilitychange', update)
  onScopeDispose(() => document.removeEventListener('visibilitychange', update))
  return visible
}

/** Whether the element is on screen and the browser tab is visible. */
export function useVisible(element: Readonly<Ref<HTMLElement | null>>): ComputedRef<boolean> {
  const page = usePageVisible()
  const onScreen = ref(true)
  const observer = new IntersectionObserver(
    (entries) => {
      onScreen.value = entries.at(-1)?.isIntersecting ?? true
    },
    { rootMargin: '80px' }, // starts a tile shortly before it is scrolled into view
  )
  watch(element, (now, before) => {
    if (before) observer.unobserve(before)
    if (now) observer.observe(now)
  }, { immediate: true })
  onScopeDispose(() => observer.disconnect())
  return computed(() => page.value && onScreen.value)
}
