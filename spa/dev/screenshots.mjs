// Takes screenshots of a running dashboard:
//
//   node dev/screenshots.mjs <address> <folder> [page …]
//
// A page is <name>=<hash>, for example wall=/ scaling=/scaling. Each page is taken in each view of the
// variable VIEWS (dark,light,phone), WAIT milliseconds (3000) after loading; FULL=1 takes the whole page.
// Errors and warnings of the browser's console are printed.
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { chromium } from 'playwright-core'

const [address, folder, ...pages] = process.argv.slice(2)
const VIEWS = { dark: [1920, 1080], light: [1920, 1080], phone: [390, 844] }

const context = await chromium.launchPersistentContext(mkdtempSync(join(tmpdir(), 'ei-screenshots-')), {
  executablePath: '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
    '--disable-component-update', '--disable-sync'],
})
const page = context.pages()[0] ?? (await context.newPage())
const printed = new Set()
const printOnce = (text) => printed.has(text) || (printed.add(text) && console.log(text.slice(0, 300)))
page.on('console', (line) => ['error', 'warning'].includes(line.type()) && printOnce(`console: ${line.text()}`))
page.on('pageerror', (error) => printOnce(`error: ${error.message}`))
for (const view of (process.env.VIEWS ?? 'dark,light,phone').split(',')) {
  const [width, height] = VIEWS[view]
  await page.setViewportSize({ width, height })
  await page.emulateMedia({ colorScheme: view === 'light' ? 'light' : 'dark' })
  for (const one of pages) {
    const [name, hash] = one.split(/=(.*)/)
    await page.goto(`${address}#${hash}`)
    await page.reload()
    await page.waitForTimeout(Number(process.env.WAIT ?? 3000))
    await page.screenshot({ path: join(folder, `${name}-${view}.png`), fullPage: process.env.FULL === '1' })
  }
}
await context.close()
