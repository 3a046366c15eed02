import { onScopeDispose, shallowRef, watch, type Ref, type ShallowRef } from 'vue'
import { usePreferences } from '@/composables/page/usePreferences'
import { jpegDecoder } from '@/drawing/jpeg-decoder'
import { Painter } from '@/drawing/painter'
import type { Result } from '@/wire'

/** The elements on which one stream is drawn. */
export interface Surface {
  stage: Readonly<Ref<HTMLElement | null>>
  picture: Readonly<Ref<HTMLCanvasElement | null>>
  overlay: Readonly<Ref<HTMLCanvasElement | null>>
}

/** A painter for two canvases while they are mounted. It follows their size and the preferences. */
export function usePainter(surface: Surface, onShown: (result: Result) => void, onUndecodable: () => void): ShallowRef<Painter | null> {
  const preferences = usePreferences()
  const painter: ShallowRef<Painter | null> = shallowRef(null)

  const resizing = new ResizeObserver((entries) => {
    const size = entries.at(-1)?.contentRect
    if (size) painter.value?.resize(size.width, size.height)
  })

  watch([surface.picture, surface.overlay], ([picture, overlay]) => {
    painter.value?.close()
    resizing.disconnect()
    painter.value = picture && overlay
      ? new Painter({ picture, overlay, overlayOptions: () => preferences, onShown, onUndecodable, decode: (jpeg) => jpegDecoder.decode(jpeg) })
      : null
    if (overlay) resizing.observe(overlay)
  }, { immediate: true })

  watch(() => [preferences.boxes, preferences.labels, preferences.minScore], () => painter.value?.redraw())
  onScopeDispose(() => {
    painter.value?.close()
    resizing.disconnect()
  })
  return painter
}
