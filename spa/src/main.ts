import '@/style/theme.css'
import '@/style/page.css'
import { createApp } from 'vue'
import App from '@/App.vue'
import { exchangePrintedToken, useSession } from '@/composables/useSession'
import { makeRouter } from '@/router'

/** Who is there decides what is shown, so that is asked first; no answer is not an obstacle. */
async function start(): Promise<void> {
  try {
    if (!(await exchangePrintedToken())) await useSession().look()
  } catch {
    // A wrong token or a silent gateway: the page says so itself once it is there.
  }
  createApp(App).use(makeRouter()).mount('#app')
}

void start()
