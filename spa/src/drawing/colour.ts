/** Twelve hues that are distinguishable on video, ordered so that neighbours differ. */
const HUES = [195, 70, 260, 350, 130, 300, 40, 225, 100, 325, 160, 20] as const

/** Common classes have fixed hues, so that no two of them are equal. */
const COMMON_CLASSES: Record<string, number> = { person: 195, face: 70, vehicle: 260, car: 260, bike: 350 }

/** FNV-1a hash, 32 bits: equal for the same text in every browser. */
function hash(text: string): number {
  let value = 0x811c9dc5
  for (let i = 0; i < text.length; i++) {
    value = Math.imul(value ^ text.charCodeAt(i), 0x01000193) >>> 0
  }
  return value
}

/** The hue of a class, in degrees; always the same for a label. */
export function hueOfClass(label: string): number {
  return COMMON_CLASSES[label] ?? HUES[hash(label) % HUES.length] ?? 0
}

/** The hue of a track, in degrees: successive ids differ by the golden angle. */
export function hueOfTrack(trackId: number): number {
  return (trackId * 137.508) % 360
}

/** The colour of a hue on video and below dark text. */
export function videoColour(hue: number): string {
  return `oklch(0.83 0.15 ${hue.toFixed(1)})`
}

/** The colour of a hue for lines and dots on the page. */
export function pageColour(hue: number, dark: boolean): string {
  return dark ? `oklch(0.78 0.13 ${hue.toFixed(1)})` : `oklch(0.54 0.14 ${hue.toFixed(1)})`
}
