import '@/style/theme.css'
import '@/style/page.css'
import { createApp } from 'vue'
import App from '@/App.vue'
import { exchangePrintedToken, useSession } from '@/composables/useSession'
import { fetchPagesLater, makeRouter } from '@/router'

/** Who is there decides what is shown, so that is asked first; no answer is not an obstacle. */
async function start(): Promise<void> {
  try {
    if (!(await exchangePrintedToken())) await useSession().look()
  } catch {
    // A silent gateway: the page says so itself, and asks again.
  }
  createApp(App).use(makeRouter()).mount('#app')
  fetchPagesLater()
}

void start()
