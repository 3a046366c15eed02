// Injected into the dashboard before it starts: records the age of each picture when it is displayed.
//
// A message is identified by its picture on arrival (captured_at is read from the MessagePack data),
// on the way to the decoding worker, as decoded pixels, and at the canvas. The behaviour of the
// dashboard is not changed.
{
  const ages = []
  const capturedOf = new Map() // by JPEG; of the last few messages
  const capturedAs = new WeakMap() // by decoded picture
  const LABEL = [0xab, ...new TextEncoder().encode('captured_at'), 0xcf]
  const JPEG = [0xa4, ...new TextEncoder().encode('jpeg')]

  const find = (bytes, wanted, until) => {
    for (let at = 0; at < until; at++) if (wanted.every((byte, i) => bytes[at + i] === byte)) return at + wanted.length
    return -1
  }
  const keyOf = (jpeg) => `${jpeg.length} ${jpeg.slice(-64, -2).join()} ${jpeg.slice(700, 764).join()}`

  const note = ({ data }) => {
    if (!(data instanceof ArrayBuffer)) return
    const bytes = new Uint8Array(data)
    const time = find(bytes, LABEL, 400)
    const body = find(bytes, JPEG, bytes.length - 8)
    if (time < 0 || body < 0) return
    const captured = Number(new DataView(data).getBigUint64(time))
    const header = { 0xc4: 2, 0xc5: 3, 0xc6: 5 }[bytes[body]]
    capturedOf.set(keyOf(bytes.subarray(body + header)), captured)
    if (capturedOf.size > 100) capturedOf.delete(capturedOf.keys().next().value)
  }
  globalThis.WebSocket = class extends WebSocket {
    constructor(...given) {
      super(...given)
      this.addEventListener('message', note)
    }
  }

  const asked = new WeakMap() // by worker: captured_at by ticket
  const post = Worker.prototype.postMessage
  Worker.prototype.postMessage = function (message, ...rest) {
    if (message?.jpeg) {
      if (!asked.has(this)) {
        const tickets = new Map()
        asked.set(this, tickets)
        this.addEventListener('message', ({ data: { ticket, bitmap } }) => {
          if (bitmap && tickets.has(ticket)) capturedAs.set(bitmap, tickets.get(ticket))
          tickets.delete(ticket)
        })
      }
      asked.get(this).set(message.ticket, capturedOf.get(keyOf(message.jpeg)))
    }
    return post.call(this, message, ...rest)
  }

  const show = ImageBitmapRenderingContext.prototype.transferFromImageBitmap
  ImageBitmapRenderingContext.prototype.transferFromImageBitmap = function (bitmap) {
    const captured = bitmap && capturedAs.get(bitmap)
    if (captured) ages.push(performance.timeOrigin + performance.now() - captured / 1000)
    return show.call(this, bitmap)
  }

  globalThis.takeAges = () => ages.splice(0)
}
