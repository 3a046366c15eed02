import '@/style/theme.css'
import '@/style/page.css'
import { createApp } from 'vue'
import App from '@/App.vue'
import { exchangeTokenInUrl, useSession } from '@/composables/data/useSession'
import { makeRouter, preloadPages } from '@/router'

/** Loads the session first, as it decides which page is shown. */
async function start(): Promise<void> {
  try {
    if (!(await exchangeTokenInUrl())) await useSession().load()
  } catch {
    // The gateway does not respond: the page shows that and retries.
  }
  createApp(App).use(makeRouter()).mount('#app')
  preloadPages()
}

void start()
