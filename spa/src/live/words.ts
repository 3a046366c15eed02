/** A figure with `digits` after the point; an en dash where there is none. */
export function figure(value: number | null | undefined, digits = 0): string {
  if (value == null || !Number.isFinite(value)) return '–'
  return value.toFixed(digits)
}

/** `84 ms`, `2.4 s`, `3 min`: an age at the resolution that matters. */
export function duration(ms: number | null | undefined): string {
  if (ms == null || !Number.isFinite(ms)) return '–'
  if (ms < 1000) return `${Math.max(0, Math.round(ms))} ms`
  if (ms < 60_000) return `${(ms / 1000).toFixed(1)} s`
  if (ms < 3_600_000) return `${Math.floor(ms / 60_000)} min`
  return `${Math.floor(ms / 3_600_000)} h`
}

/** `1 234 567` with thin spaces. */
export function grouped(value: number): string {
  return Math.round(value).toString().replace(/\B(?=(\d{3})+$)/g, '\u2009')
}

/** A precision to show; engines that compute in none say so with a word that says nothing. */
export function precisionOf(precision: string): string {
  return precision === 'none' ? '' : precision
}

/** `wrong_task` as `wrong task`. */
export function spelled(word: string): string {
  return word.replaceAll('_', ' ')
}
