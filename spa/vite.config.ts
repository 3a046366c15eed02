import { fileURLToPath, URL } from 'node:url'
import vue from '@vitejs/plugin-vue'
import { defineConfig } from 'vitest/config'
import { licences } from './dev/licences.ts'

/** The gateway that `npm run dev` forwards requests to. */
const gateway = process.env['EI_GATEWAY'] ?? 'http://127.0.0.1:8080'

export default defineConfig({
  // Relative addresses: the page works behind any path of a proxy.
  base: './',
  plugins: [vue(), licences()],
  resolve: { alias: { '@': fileURLToPath(new URL('./src', import.meta.url)) } },
  build: {
    target: 'es2022',
    // The Content-Security-Policy allows files of this origin only, so nothing is inlined.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 250,
  },
  server: {
    proxy: {
      '/api': { target: gateway },
      // Stream ids are `<name>:<task>`. No other address of the page has a colon in its path.
      '^/[^/@]+:[a-z0-9-]+(\\.mjpg)?$': { target: gateway, ws: true },
    },
  },
  test: {
    restoreMocks: true,
    projects: [
      { extends: true, test: { name: 'logic', environment: 'node', include: ['src/{charts,drawing,live,streams,text}/**/*.spec.ts', 'src/*.spec.ts'] } },
      { extends: true, test: { name: 'page', environment: 'happy-dom', include: ['src/{components,composables,pages}/**/*.spec.ts'] } },
    ],
  },
})
