/** Milliseconds before the first repeat, and the longest pause between two. */
export const FIRST_MS = 500
export const LONGEST_MS = 4000

/**
 * How long to wait before repeat number `attempt` (0, 1, 2, …): doubled each time up to a limit, and
 * spread by a quarter both ways so that a hundred pages do not knock at a restarted gateway at once.
 */
export function pauseMs(attempt: number, random: () => number = Math.random): number {
  const plain = Math.min(FIRST_MS * 2 ** Math.min(attempt, 16), LONGEST_MS)
  return Math.round(plain * (0.75 + 0.5 * random()))
}
