/** Formats numbers, times and counts for people. A missing value is shown as an en dash. */
const MISSING = '–'

/** `value` with `digits` decimal places. */
export function formatNumber(value: number | null | undefined, digits = 0): string {
  if (value == null || !Number.isFinite(value)) return MISSING
  return value.toFixed(digits)
}

/** A rate such as frames per second: `13`, or with one decimal place below ten: `0.3`. */
export function formatRate(value: number | null | undefined): string {
  if (value == null || !Number.isFinite(value)) return MISSING
  return String(value < 9.95 ? Number(value.toFixed(1)) : Math.round(value))
}

/** `84 ms`, `2.4 s`, `3 min`: the unit depends on the size. */
export function formatDuration(ms: number | null | undefined): string {
  if (ms == null || !Number.isFinite(ms)) return MISSING
  if (ms < 1000) return `${Math.max(0, Math.round(ms))} ms`
  if (ms < 60_000) return `${(ms / 1000).toFixed(1)} s`
  if (ms < 3_600_000) return `${Math.floor(ms / 60_000)} min`
  return `${Math.floor(ms / 3_600_000)} h`
}

/** `1 234 567`, grouped with thin spaces. */
export function formatCount(value: number): string {
  return Math.round(value).toString().replace(/\B(?=(\d{3})+$)/g, '\u2009')
}

/** The noun that fits `count`: `noun(1, 'frame')` is `frame`, `noun(2, 'frame')` is `frames`. */
export function noun(count: number, singular: string, plural = `${singular}s`): string {
  return count === 1 ? singular : plural
}

/** Count and noun: `1 stream`, `2 streams`. */
export function plural(count: number, singular: string, many?: string): string {
  return `${formatCount(count)} ${noun(count, singular, many)}`
}

/** `14:03` today, `3 May, 14:03` on other days; in the browser's time zone. */
export function formatTime(atMs: number, nowMs: number, seconds = false): string {
  const at = new Date(atMs)
  const parts: Intl.DateTimeFormatOptions = { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' }
  const time = at.toLocaleTimeString(undefined, seconds ? { ...parts, second: '2-digit' } : parts)
  if (at.toDateString() === new Date(nowMs).toDateString()) return time
  return `${at.toLocaleDateString(undefined, { day: 'numeric', month: 'short' })}, ${time}`
}

/** The precision to show; empty for engines that report `none`. */
export function formatPrecision(precision: string): string {
  return precision === 'none' ? '' : precision
}

/** Model, precision and device, separated by `separator`; empty parts are left out. */
export function formatModel({ model, precision, device }: { model: string; precision: string; device: string }, separator = ' · '): string {
  return [model, formatPrecision(precision), device].filter(Boolean).join(separator)
}

/** `wrong_task` as `wrong task`. */
export function formatReason(reason: string): string {
  return reason.replaceAll('_', ' ')
}

/** `text` with a period at the end, unless it ends with punctuation. */
export function asSentence(text: string): string {
  return text === '' || /[.!?…]$/.test(text) ? text : `${text}.`
}
