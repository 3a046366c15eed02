// Takes pictures of the dashboard:  node dev/look.mjs <base address> <folder> [page …]
// where a page is name=hash, e.g. wall=/ scaling=/scaling; every page in dark, light and phone width.
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { chromium } from 'playwright-core'

const [base, folder, ...pages] = process.argv.slice(2)
const VIEWS = { dark: [1440, 900], light: [1440, 900], phone: [390, 844] }

const context = await chromium.launchPersistentContext(mkdtempSync(join(tmpdir(), 'ei-look-')), {
  executablePath: '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
    '--disable-component-update', '--disable-sync'],
})
const page = context.pages()[0] ?? (await context.newPage())
const said = new Set()
const say = (text) => said.has(text) || (said.add(text) && console.log(text.slice(0, 300)))
page.on('console', (line) => ['error', 'warning'].includes(line.type()) && say(`console: ${line.text()}`))
page.on('pageerror', (error) => say(`error: ${error.message}`))
for (const view of (process.env.VIEWS ?? 'dark,light,phone').split(',')) {
  const [width, height] = VIEWS[view]
  await page.setViewportSize({ width, height })
  await page.emulateMedia({ colorScheme: view === 'light' ? 'light' : 'dark' })
  for (const one of pages) {
    const [name, hash] = one.split(/=(.*)/)
    await page.goto(`${base}#${hash}`)
    await page.reload()
    await page.waitForTimeout(Number(process.env.WAIT ?? 3000))
    await page.screenshot({ path: join(folder, `${name}-${view}.png`), fullPage: process.env.FULL === '1' })
  }
}
await context.close()
