import { computed, onScopeDispose, ref, watchEffect, type ComputedRef } from 'vue'
import { usePreferences } from '@/composables/usePreferences'

/** Whether the page is dark: as chosen, or as the system is. Writes it where the style sheet looks. */
export function useTheme(): { dark: ComputedRef<boolean> } {
  const preferences = usePreferences()
  const query = matchMedia('(prefers-color-scheme: light)')
  const systemLight = ref(query.matches)
  const follow = (change: MediaQueryListEvent): void => {
    systemLight.value = change.matches
  }
  query.addEventListener('change', follow)
  onScopeDispose(() => query.removeEventListener('change', follow))
  const dark = computed(() => (preferences.theme === 'auto' ? !systemLight.value : preferences.theme === 'dark'))
  watchEffect(() => {
    document.documentElement.dataset['theme'] = dark.value ? 'dark' : 'light'
  })
  return { dark }
}
