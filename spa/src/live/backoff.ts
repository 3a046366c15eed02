/** Delay before the first retry, and the longest delay, in milliseconds. */
export const FIRST_DELAY_MS = 500
export const MAX_DELAY_MS = 4000

/**
 * The delay before retry number `attempt` (0, 1, 2, …): doubled each time up to a limit, and varied by a
 * quarter in both directions so that many pages do not reconnect to a restarted gateway at the same time.
 */
export function retryDelayMs(attempt: number, random: () => number = Math.random): number {
  const delay = Math.min(FIRST_DELAY_MS * 2 ** Math.min(attempt, 16), MAX_DELAY_MS)
  return Math.round(delay * (0.75 + 0.5 * random()))
}
