/** Twelve hues that are told apart over video, in an order in which neighbours differ. */
const HUES = [195, 70, 260, 350, 130, 300, 40, 225, 100, 325, 160, 20] as const

/** Classes that are seen most have a hue each, so that they never share one. */
const KNOWN: Record<string, number> = { person: 195, face: 70, vehicle: 260, car: 260, bike: 350 }

/** FNV-1a, 32 bits: the same text has the same number on every page. */
function hash(text: string): number {
  let value = 0x811c9dc5
  for (let i = 0; i < text.length; i++) {
    value = Math.imul(value ^ text.charCodeAt(i), 0x01000193) >>> 0
  }
  return value
}

/** The hue of a class, in degrees: always the same for the same label. */
export function hueOfClass(label: string): number {
  return KNOWN[label] ?? HUES[hash(label) % HUES.length] ?? 0
}

/** The hue of an identity: successive ids lie the golden angle apart. */
export function hueOfIdentity(trackId: number): number {
  return (trackId * 137.508) % 360
}

/** A hue as a colour that reads over video and under dark text. */
export function overVideo(hue: number): string {
  return `oklch(0.83 0.15 ${hue.toFixed(1)})`
}

/** A hue as a line or a dot on the page, in either theme. */
export function onPage(hue: number, dark: boolean): string {
  return dark ? `oklch(0.78 0.13 ${hue.toFixed(1)})` : `oklch(0.54 0.14 ${hue.toFixed(1)})`
}
