// Drives Chromium for Python (`chromium.py`): one JSON line in, one JSON line out.
//
//   {"on": "page", "call": "goto", "with": ["http://127.0.0.1:8080/"]}  →  {"value": …} or {"error": "…"}
//
// `on` is page, keyboard, context, cdp (Chrome DevTools Protocol) or notes (console output and hosts of requests).
import { createRequire } from 'node:module'
import { createInterface } from 'node:readline'

const { chromium } = createRequire(new URL('../../spa/package.json', import.meta.url))('playwright-core')
const [executablePath, profile] = process.argv.slice(2)

const context = await chromium.launchPersistentContext(profile, {
  executablePath,
  viewport: { width: 1440, height: 1100 },
  args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
    '--disable-component-update', '--disable-sync', '--enable-precise-memory-info'],
})
const page = context.pages()[0] ?? (await context.newPage())
const cdp = await context.newCDPSession(page)

const said = []
const hosts = new Set()
page.on('console', (line) => ['error', 'warning'].includes(line.type()) && said.push(`${line.type()}: ${line.text()}`))
page.on('pageerror', (error) => said.push(`error: ${error.message}`))
page.on('request', (request) => {
  const { protocol, host } = new URL(request.url())
  if (['http:', 'https:', 'ws:', 'wss:'].includes(protocol)) hosts.add(host)
})
page.on('websocket', (socket) => hosts.add(new URL(socket.url()).host))

const targets = {
  page, context, cdp, keyboard: page.keyboard,
  notes: { said: () => said.splice(0), hosts: () => [...hosts] },
}

process.stdout.write('{"value": "ready"}\n')
for await (const line of createInterface({ input: process.stdin })) {
  const { on, call, with: given } = JSON.parse(line)
  try {
    const value = await targets[on][call](...given)
    // Handles of the browser (responses, elements) cannot be serialised.
    const plain = value === null || typeof value !== 'object' || [Object.prototype, Array.prototype].includes(Object.getPrototypeOf(value))
    process.stdout.write(`${JSON.stringify({ value: plain ? (value ?? null) : null })}\n`)
  } catch (error) {
    process.stdout.write(`${JSON.stringify({ error: String(error.message ?? error) })}\n`)
  }
}
await context.close()
