import { onScopeDispose, shallowRef, watch, type Ref, type ShallowRef } from 'vue'
import { usePreferences } from '@/composables/usePreferences'
import { decoding } from '@/live/decoding'
import { Painter } from '@/live/painter'
import type { Result } from '@/wire'

/** Where one stream is drawn. */
export interface Surface {
  stage: Readonly<Ref<HTMLElement | null>>
  picture: Readonly<Ref<HTMLCanvasElement | null>>
  overlay: Readonly<Ref<HTMLCanvasElement | null>>
}

/** A painter for two canvases, as long as they are there; it follows their size and the preferences. */
export function useCanvases(surface: Surface, onShown: (result: Result) => void, onBroken: () => void): ShallowRef<Painter | null> {
  const preferences = usePreferences()
  const painter: ShallowRef<Painter | null> = shallowRef(null)

  const resizing = new ResizeObserver((entries) => {
    const room = entries.at(-1)?.contentRect
    if (room) painter.value?.resize(room.width, room.height)
  })

  watch([surface.picture, surface.overlay], ([picture, overlay]) => {
    painter.value?.close()
    resizing.disconnect()
    painter.value = picture && overlay ? new Painter({ picture, overlay, choice: () => preferences, onShown, onBroken, decode: (jpeg) => decoding.decode(jpeg) }) : null
    if (overlay) resizing.observe(overlay)
  }, { immediate: true })

  watch(() => [preferences.boxes, preferences.labels, preferences.minScore], () => painter.value?.redraw())
  onScopeDispose(() => {
    painter.value?.close()
    resizing.disconnect()
  })
  return painter
}
