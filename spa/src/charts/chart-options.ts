import uPlot from 'uplot'

/** One line of a chart: a value per entry of the chart's times, or null. */
export interface Line {
  name: string
  colour: string
  values: readonly (number | null)[]
  /** Decimal places of the value in the legend; the chart's by default. */
  digits?: number
  dashed?: boolean
  filled?: boolean
  /** Each value is drawn as constant until the next one. */
  stepped?: boolean
}

/** An event, drawn as a vertical line with an arrow. */
export interface Marker {
  /** Seconds since 1970. */
  at: number
  /** Direction of the arrow. */
  up: boolean
}

/** Colours of the style sheet that the chart's canvas needs. */
export interface ChartColours {
  text: string
  grid: string
  up: string
  down: string
}

export function chartColours(element: Element): ChartColours {
  const style = getComputedStyle(element)
  const read = (name: string): string => style.getPropertyValue(name).trim()
  return { text: read('--ink-3'), grid: read('--line'), up: read('--accent'), down: read('--off') }
}

/** Space to the right of the lines, in CSS pixels. */
const RIGHT_PADDING = 4

/** Axis steps for whole numbers: 1, 2, 5, 10, … up to 500,000. */
const WHOLE_STEPS = [0, 1, 2, 3, 4, 5].flatMap((power) => [1, 2, 5].map((step) => step * 10 ** power))

/** Range of the value axis: from zero to 12 % above the highest value; never empty. */
export function axisRange(highest: number | null): [number, number] {
  return [0, highest !== null && highest > 0 ? highest * 1.12 : 1]
}

function drawMarkers(plot: uPlot, markers: readonly Marker[], colours: ChartColours): void {
  const { ctx, bbox } = plot
  ctx.save()
  ctx.lineWidth = devicePixelRatio
  ctx.setLineDash([])
  for (const { at, up } of markers) {
    const x = Math.round(plot.valToPos(at, 'x', true)) + 0.5
    if (x < bbox.left || x > bbox.left + bbox.width) continue
    ctx.strokeStyle = ctx.fillStyle = up ? colours.up : colours.down
    ctx.globalAlpha = 0.55
    ctx.beginPath()
    ctx.moveTo(x, bbox.top)
    ctx.lineTo(x, bbox.top + bbox.height)
    ctx.stroke()
    ctx.globalAlpha = 1
    drawArrow(ctx, x, bbox.top, up)
  }
  ctx.restore()
}

function drawArrow(ctx: CanvasRenderingContext2D, x: number, top: number, up: boolean): void {
  const size = 4 * devicePixelRatio
  ctx.beginPath()
  ctx.moveTo(x - size, up ? top + size : top - size / 2)
  ctx.lineTo(x + size, up ? top + size : top - size / 2)
  ctx.lineTo(x, up ? top - size / 2 : top + size)
  ctx.fill()
}

function seriesOf(line: Line): uPlot.Series {
  const series: uPlot.Series = { label: line.name, stroke: line.colour, width: 1.5, points: { show: false }, spanGaps: false }
  if (line.dashed) series.dash = [4, 3]
  if (line.filled) series.fill = `color-mix(in srgb, ${line.colour} 14%, transparent)`
  if (line.stepped && uPlot.paths.stepped) series.paths = uPlot.paths.stepped({ align: 1 })
  return series
}

const TIME = uPlot.fmtDate('{HH}:{mm}:{ss}')

/** Half the width of a time label, in CSS pixels. */
const HALF_LABEL = 28

/** The time of day; empty where the right edge would cut off the label. */
function timeLabel(plot: uPlot, at: number): string {
  const space = plot.bbox.width / devicePixelRatio - plot.valToPos(at, 'x')
  return space < HALF_LABEL - RIGHT_PADDING ? '' : TIME(new Date(at * 1000))
}

export interface ChartOptions {
  width: number
  height: number
  lines: readonly Line[]
  markers: () => readonly Marker[]
  colours: ChartColours
  format: (value: number) => string
  /** The axis has whole numbers only. */
  wholeNumbers: boolean
  /** Charts with the same key move their cursors together. */
  syncKey?: string | undefined
  onCursor: (index: number | null) => void
}

/** The uPlot options for a chart. */
export function chartOptions(options: ChartOptions): uPlot.Options {
  const { colours, width, height, syncKey, format, wholeNumbers } = options
  const axis: uPlot.Axis = {
    stroke: colours.text, font: '11px "Inter Variable", system-ui, sans-serif',
    grid: { stroke: colours.grid, width: 1 }, ticks: { show: false },
  }
  return {
    width, height,
    padding: [8, RIGHT_PADDING, 0, 0],
    legend: { show: false },
    cursor: {
      y: false, points: { size: 6 }, drag: { x: false, y: false },
      ...(syncKey ? { sync: { key: syncKey } } : {}),
    },
    scales: { y: { range: (_plot, _low, high) => axisRange(high) } },
    axes: [
      { ...axis, size: 24, space: 70, values: (plot, splits) => splits.map((at) => timeLabel(plot, at)) },
      { ...axis, size: 44, space: 28, values: (_plot, splits) => splits.map(format), ...(wholeNumbers ? { incrs: WHOLE_STEPS } : {}) },
    ],
    series: [{}, ...options.lines.map(seriesOf)],
    hooks: {
      draw: [(plot) => drawMarkers(plot, options.markers(), colours)],
      setCursor: [(plot) => options.onCursor(plot.cursor.idx ?? null)],
    },
  }
}
