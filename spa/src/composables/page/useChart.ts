import uPlot from 'uplot'
import { onScopeDispose, ref, watch, type Ref } from 'vue'
import { chartOptions, chartColours, type Line, type Marker } from '@/charts/chart-options'

export interface ChartInput {
  /** Seconds since 1970. */
  times: readonly number[]
  lines: readonly Line[]
  markers: readonly Marker[]
  height: number
  format: (value: number) => string
  wholeNumbers: boolean
  syncKey?: string | undefined
}

/** Draws a chart of `input` in `host`. Returns the index in `times` at the cursor; null without a cursor. */
export function useChart(host: Readonly<Ref<HTMLElement | null>>, input: () => ChartInput): { cursor: Ref<number | null> } {
  const cursor = ref<number | null>(null)
  let plot: uPlot | null = null
  let drawnStructure = ''

  /** The parts of the input that need a new chart when they change; new values do not. */
  function structureOf({ lines, height }: ChartInput): string {
    return `${height}|${lines.map((line) => `${line.name} ${line.colour}`).join('|')}`
  }

  function data({ times, lines }: ChartInput): uPlot.AlignedData {
    return [times, ...lines.map((line) => line.values)] as unknown as uPlot.AlignedData
  }

  function createChart(element: HTMLElement): void {
    const now = input()
    plot?.destroy()
    drawnStructure = structureOf(now)
    const options = chartOptions({
      width: element.clientWidth, height: now.height, lines: now.lines, format: now.format, wholeNumbers: now.wholeNumbers, syncKey: now.syncKey,
      markers: () => input().markers,
      colours: chartColours(element),
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
    if (!plot || structureOf(now) !== drawnStructure) createChart(element)
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
