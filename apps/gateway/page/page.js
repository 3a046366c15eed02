// A plain wall of live streams: what the gateway shows while the dashboard is not built.

import { decode } from './msgpack.js'

const element = (id) => document.getElementById(id)
const colours = ['#4cc9f0', '#f9c74f', '#90be6d', '#f9844a', '#b79ced', '#43e0b0', '#ff8fab']
const tiles = new Map()
let redisMinusHere = 0

async function ask(path, method = 'GET', body = undefined) {
  const headers = { 'X-EI-Request': '1' }
  if (body) headers['Content-Type'] = 'application/json'
  return fetch(`api/${path}`, { method, headers, body: body && JSON.stringify(body) })
}

function colourOf(key) {
  let sum = 0
  for (const letter of key) sum = (sum * 31 + letter.codePointAt(0)) >>> 0
  return colours[sum % colours.length]
}

class Tile {
  constructor(id) {
    this.id = id
    this.root = document.createElement('article')
    this.canvas = this.root.appendChild(document.createElement('canvas'))
    this.canvas.width = 640
    this.canvas.height = 360
    const text = this.root.appendChild(document.createElement('div'))
    text.className = 'text'
    this.name = text.appendChild(document.createElement('h2'))
    this.facts = text.appendChild(document.createElement('p'))
    this.error = text.appendChild(document.createElement('p'))
    this.error.className = 'error'
    this.wait = 500
    this.drawing = false
    this.age = null
    this.connect()
  }

  connect() {
    const address = new URL(`./${this.id}`, document.baseURI)
    address.protocol = address.protocol.replace('http', 'ws')
    this.socket = new WebSocket(address)
    this.socket.binaryType = 'arraybuffer'
    this.socket.onopen = () => this.wish()
    this.socket.onmessage = (message) => {
      this.wait = 500
      this.show(decode(message.data))
    }
    this.socket.onclose = () => {
      if (!tiles.has(this.id)) return
      setTimeout(() => tiles.has(this.id) && this.connect(), this.wait * (0.5 + Math.random() / 2))
      this.wait = Math.min(this.wait * 2, 5000)
    }
  }

  wish() {
    const open = this.socket.readyState === WebSocket.OPEN
    if (open) this.socket.send(JSON.stringify({ pixels: !document.hidden, max_fps: 30 }))
  }

  async show(result) {
    if (!result.jpeg || this.drawing) return
    this.drawing = true
    try {
      const kind = { type: 'image/jpeg' }
      const exact = { imageOrientation: 'none' }
      const picture = await createImageBitmap(new Blob([result.jpeg], kind), exact)
      if (this.canvas.width !== picture.width) this.canvas.width = picture.width
      if (this.canvas.height !== picture.height) this.canvas.height = picture.height
      const pen = this.canvas.getContext('2d')
      pen.drawImage(picture, 0, 0)
      picture.close()
      for (const detection of [...result.detections].reverse()) this.box(pen, detection)
      this.age = (Date.now() * 1000 + redisMinusHere - result.captured_at) / 1000
    } finally {
      this.drawing = false
    }
  }

  box(pen, { label, score, box, track_id: track }) {
    const { width, height } = this.canvas
    const [left, top, right, bottom] = [box[0] * width, box[1] * height, box[2] * width, box[3] * height]
    const name = track == null ? label : `#${track} ${label}`
    pen.strokeStyle = pen.fillStyle = colourOf(track == null ? label : String(track))
    pen.lineWidth = Math.max(2, height / 240)
    pen.font = `${Math.max(12, height / 30)}px system-ui, sans-serif`
    pen.strokeRect(left, top, right - left, bottom - top)
    const words = `${name} ${Math.round(score * 100)}%`
    const size = parseFloat(pen.font) * 1.25
    const above = Math.max(0, top - size)
    pen.fillRect(left, above, pen.measureText(words).width + 8, size)
    pen.fillStyle = '#000'
    pen.fillText(words, left + 4, above + size * 0.8)
  }

  describe(stream) {
    this.root.dataset.state = stream.state
    this.name.textContent = `${stream.name} · ${stream.task}`
    const age = this.age === null ? '' : ` · ${Math.max(0, Math.round(this.age))} ms`
    const model = stream.model ? ` · ${stream.model} ${stream.precision}` : ''
    const rates = `${stream.inferred_fps.toFixed(1)} of ${stream.fps.toFixed(1)} fps`
    this.facts.textContent = `${stream.state} · ${rates}${age}${model}`
    this.error.textContent = stream.error
  }

  close() {
    this.root.remove()
    this.socket.close()
  }
}

function list({ now, streams }) {
  redisMinusHere = now - Date.now() * 1000
  const present = new Set(streams.map((stream) => stream.id))
  for (const [id, tile] of tiles) {
    if (present.has(id)) continue
    tiles.delete(id)
    tile.close()
  }
  for (const stream of streams) {
    if (!tiles.has(stream.id)) {
      tiles.set(stream.id, new Tile(stream.id))
      element('wall').append(tiles.get(stream.id).root)
    }
    tiles.get(stream.id).describe(stream)
  }
  const live = streams.filter((stream) => stream.state === 'live').length
  element('status').textContent = streams.length ? `${live} of ${streams.length} live` : 'No streams yet.'
}

function needSignIn(needed) {
  element('sign-in').hidden = !needed
  element('wall').hidden = needed
  if (needed) element('status').textContent = 'Sign in to see the streams.'
}

async function refresh() {
  try {
    const answer = await ask('streams')
    needSignIn(answer.status === 401)
    if (answer.ok) list(await answer.json())
  } catch {
    element('status').textContent = 'The gateway does not answer; trying again.'
  }
  setTimeout(refresh, 2000)
}

async function signIn(token) {
  const answer = await ask('session', 'POST', { token })
  element('refused').textContent = answer.ok ? '' : (await answer.json()).error
  element('sign-out').hidden = !answer.ok
}

element('sign-in').addEventListener('submit', async (event) => {
  event.preventDefault()
  await signIn(element('token').value)
  element('token').value = ''
})
element('sign-out').addEventListener('click', async () => {
  await ask('session', 'DELETE')
  location.reload()
})
document.addEventListener('visibilitychange', () => tiles.forEach((tile) => tile.wish()))

const printed = new URLSearchParams(location.hash.slice(1)).get('token')
if (printed) {
  history.replaceState(null, '', location.pathname)
  await signIn(printed)
}
const session = await (await ask('session')).json().catch(() => ({}))
element('sign-out').hidden = !session.authenticated || session.local
refresh()
