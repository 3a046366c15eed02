import uPlot from 'uplot'
import { onScopeDispose, ref, watch, type Ref } from 'vue'
import { chartOptions, inkOf, type Line, type Marker } from '@/live/chart'

export interface ChartInput {
  /** Seconds since 1970. */
  times: readonly number[]
  lines: readonly Line[]
  markers: readonly Marker[]
  height: number
  format: (value: number) => string
  whole: boolean
  together?: string | undefined
}

/** A chart in `host` that follows `input`; tells at which place of `times` the cursor is. */
export function useChart(host: Readonly<Ref<HTMLElement | null>>, input: () => ChartInput): { cursor: Ref<number | null> } {
  const cursor = ref<number | null>(null)
  let plot: uPlot | null = null
  let shape = ''

  /** Names and colours make the chart; values only fill it. */
  function shapeOf({ lines, height }: ChartInput): string {
    return `${height}|${lines.map((line) => `${line.name} ${line.colour}`).join('|')}`
  }

  function data({ times, lines }: ChartInput): uPlot.AlignedData {
    return [times, ...lines.map((line) => line.values)] as unknown as uPlot.AlignedData
  }

  function make(element: HTMLElement): void {
    const now = input()
    plot?.destroy()
    shape = shapeOf(now)
    const options = chartOptions({
      width: element.clientWidth, height: now.height, lines: now.lines, format: now.format, whole: now.whole, together: now.together,
      markers: () => input().markers,
      ink: inkOf(element),
      onCursor: (index) => (cursor.value = index),
    })
    plot = new uPlot(options, data(now), element)
  }

  const resizing = new ResizeObserver((entries) => {
    const width = entries.at(-1)?.contentRect.width ?? 0
    if (width > 0) plot?.setSize({ width, height: input().height })
  })

  watch([host, input], ([element, now]) => {
    if (!element) return
    if (!plot || shapeOf(now) !== shape) make(element)
    else plot.setData(data(now))
  }, { flush: 'post' })
  watch(host, (element) => {
    resizing.disconnect()
    if (element) resizing.observe(element)
  }, { flush: 'post' })
  onScopeDispose(() => {
    resizing.disconnect()
    plot?.destroy()
  })
  return { cursor }
}
