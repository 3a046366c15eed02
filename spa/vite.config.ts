import { fileURLToPath, URL } from 'node:url'
import vue from '@vitejs/plugin-vue'
import { defineConfig } from 'vitest/config'
import { licences } from './dev/licences.ts'

/** Where `npm run dev` finds a gateway: the real one, or `dev/fake_gateway.py`. */
const gateway = process.env['EI_GATEWAY'] ?? 'http://127.0.0.1:8080'

export default defineConfig({
  // Relative addresses: the page works behind any path of any proxy.
  base: './',
  plugins: [vue(), licences()],
  resolve: { alias: { '@': fileURLToPath(new URL('./src', import.meta.url)) } },
  build: {
    target: 'es2022',
    // Nothing inlined: the Content-Security-Policy allows files of this origin only.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 250,
  },
  server: {
    proxy: {
      '/api': { target: gateway },
      // Stream ids are `<name>:<task>`, and nothing else on the page has a colon in its path.
      '^/[^/@]+:[a-z0-9-]+(\\.mjpg)?$': { target: gateway, ws: true },
    },
  },
  test: {
    restoreMocks: true,
    projects: [
      { extends: true, test: { name: 'live', environment: 'node', include: ['src/live/**/*.spec.ts', 'src/*.spec.ts'] } },
      { extends: true, test: { name: 'page', environment: 'happy-dom', include: ['src/{components,composables,pages}/**/*.spec.ts'] } },
    ],
  },
})
