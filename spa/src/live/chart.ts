import uPlot from 'uplot'

/** One line of a chart: a value per entry of the chart's times, null where there is none. */
export interface Line {
  name: string
  colour: string
  values: readonly (number | null)[]
  /** After the point, where the chart's do not fit. */
  digits?: number
  dashed?: boolean
  filled?: boolean
  /** The value holds until the next one. */
  stepped?: boolean
}

/** Something that happened: a vertical line. */
export interface Marker {
  /** Seconds since 1970. */
  at: number
  up: boolean
}

/** The page's colours, which a canvas cannot take from the style sheet by itself. */
export interface Ink {
  text: string
  grid: string
  up: string
  down: string
}

export function inkOf(element: Element): Ink {
  const style = getComputedStyle(element)
  const read = (name: string): string => style.getPropertyValue(name).trim()
  return { text: read('--ink-3'), grid: read('--line'), up: read('--accent'), down: read('--off') }
}

/** Room right of the lines, CSS pixels. */
const AT_THE_EDGE = 4

/** 1, 2, 5, 10, … up to a million. */
const WHOLE_STEPS = [0, 1, 2, 3, 4, 5].flatMap((power) => [1, 2, 5].map((step) => step * 10 ** power))

/** Room above the highest value, and never an empty scale. */
export function roomAbove(highest: number | null): [number, number] {
  return [0, highest !== null && highest > 0 ? highest * 1.12 : 1]
}

function drawMarkers(plot: uPlot, markers: readonly Marker[], ink: Ink): void {
  const { ctx, bbox } = plot
  ctx.save()
  ctx.lineWidth = devicePixelRatio
  ctx.setLineDash([])
  for (const { at, up } of markers) {
    const x = Math.round(plot.valToPos(at, 'x', true)) + 0.5
    if (x < bbox.left || x > bbox.left + bbox.width) continue
    ctx.strokeStyle = ctx.fillStyle = up ? ink.up : ink.down
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

/** Half of a time's width, CSS pixels. */
const HALF_LABEL = 28

/** The time of day, unless the edge of the chart would cut it off. */
function timeLabel(plot: uPlot, at: number): string {
  const room = plot.bbox.width / devicePixelRatio - plot.valToPos(at, 'x')
  return room < HALF_LABEL - AT_THE_EDGE ? '' : TIME(new Date(at * 1000))
}

export interface ChartOptions {
  width: number
  height: number
  lines: readonly Line[]
  markers: () => readonly Marker[]
  ink: Ink
  format: (value: number) => string
  /** Values are whole: so are the steps of the scale. */
  whole: boolean
  /** Charts with the same word move their cursors together. */
  together?: string | undefined
  onCursor: (index: number | null) => void
}

/** What uPlot needs to know to draw these lines. */
export function chartOptions(options: ChartOptions): uPlot.Options {
  const { ink, width, height, together, format, whole } = options
  const axis: uPlot.Axis = {
    stroke: ink.text, font: '11px "Inter Variable", system-ui, sans-serif',
    grid: { stroke: ink.grid, width: 1 }, ticks: { show: false },
  }
  return {
    width, height,
    padding: [8, AT_THE_EDGE, 0, 0],
    legend: { show: false },
    cursor: {
      y: false, points: { size: 6 }, drag: { x: false, y: false },
      ...(together ? { sync: { key: together } } : {}),
    },
    scales: { y: { range: (_plot, _low, high) => roomAbove(high) } },
    axes: [
      { ...axis, size: 24, space: 70, values: (plot, splits) => splits.map((at) => timeLabel(plot, at)) },
      { ...axis, size: 44, space: 28, values: (_plot, splits) => splits.map(format), ...(whole ? { incrs: WHOLE_STEPS } : {}) },
    ],
    series: [{}, ...options.lines.map(seriesOf)],
    hooks: {
      draw: [(plot) => drawMarkers(plot, options.markers(), ink)],
      setCursor: [(plot) => options.onCursor(plot.cursor.idx ?? null)],
    },
  }
}
