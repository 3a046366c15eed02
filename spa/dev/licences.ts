import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { Plugin } from 'vite'

const root = new URL('../', import.meta.url)

/** Name, version and licence text of a package. */
function licenceOf(name: string): string {
  const folder = new URL(`node_modules/${name}/`, root)
  const { version } = JSON.parse(readFileSync(new URL('package.json', folder), 'utf8')) as { version: string }
  const file = readdirSync(fileURLToPath(folder)).find((entry) => /^licen[cs]e/i.test(entry))
  const text = file ? readFileSync(new URL(file, folder), 'utf8') : 'see the package'
  return `${name} ${version}\n\n${text.trim()}\n`
}

/** Vite plugin that writes the licences of all bundled packages to `licences.txt`. */
export function licences(): Plugin {
  return {
    name: 'licences',
    apply: 'build',
    generateBundle() {
      const { dependencies } = JSON.parse(readFileSync(new URL('package.json', root), 'utf8')) as { dependencies: Record<string, string> }
      const source = Object.keys(dependencies).sort().map(licenceOf).join(`\n${'-'.repeat(80)}\n\n`)
      this.emitFile({ type: 'asset', fileName: 'licences.txt', source })
    },
  }
}
