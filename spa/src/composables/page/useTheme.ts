import { computed, onScopeDispose, ref, watchEffect, type ComputedRef } from 'vue'
import { usePreferences } from '@/composables/page/usePreferences'

/** Whether the page is dark, by the preference or the system's setting. Sets the attribute that the style sheet uses. */
export function useTheme(): { dark: ComputedRef<boolean> } {
  const preferences = usePreferences()
  const query = matchMedia('(prefers-color-scheme: light)')
  const systemLight = ref(query.matches)
  const update = (change: MediaQueryListEvent): void => {
    systemLight.value = change.matches
  }
  query.addEventListener('change', update)
  onScopeDispose(() => query.removeEventListener('change', update))
  const dark = computed(() => (preferences.theme === 'auto' ? !systemLight.value : preferences.theme === 'dark'))
  watchEffect(() => {
    document.documentElement.dataset['theme'] = dark.value ? 'dark' : 'light'
  })
  return { dark }
}
