// Reads MessagePack, as much of it as the gateway sends.

const text = new TextDecoder()

export function decode(buffer) {
  const view = new DataView(buffer)
  let at = 0

  const bytes = (size) => new Uint8Array(buffer, (at += size) - size, size)
  const string = (size) => text.decode(bytes(size))
  const list = (size) => Array.from({ length: size }, read)
  const map = (size) => {
    const found = {}
    for (let i = 0; i < size; i++) found[read()] = read()
    return found
  }
  const number = (size, get) => get.call(view, (at += size) - size)
  const whole = (get) => Number(number(8, get))
  const length = (size) =>
    number(size, { 1: view.getUint8, 2: view.getUint16, 4: view.getUint32 }[size])

  const wide = {
    0xc0: () => null,
    0xc2: () => false,
    0xc3: () => true,
    0xc4: () => bytes(length(1)),
    0xc5: () => bytes(length(2)),
    0xc6: () => bytes(length(4)),
    0xca: () => number(4, view.getFloat32),
    0xcb: () => number(8, view.getFloat64),
    0xcc: () => number(1, view.getUint8),
    0xcd: () => number(2, view.getUint16),
    0xce: () => number(4, view.getUint32),
    0xcf: () => whole(view.getBigUint64),
    0xd0: () => number(1, view.getInt8),
    0xd1: () => number(2, view.getInt16),
    0xd2: () => number(4, view.getInt32),
    0xd3: () => whole(view.getBigInt64),
    0xd9: () => string(length(1)),
    0xda: () => string(length(2)),
    0xdb: () => string(length(4)),
    0xdc: () => list(length(2)),
    0xdd: () => list(length(4)),
    0xde: () => map(length(2)),
    0xdf: () => map(length(4)),
  }

  function read() {
    const kind = length(1)
    if (kind < 0x80) return kind
    if (kind < 0x90) return map(kind & 15)
    if (kind < 0xa0) return list(kind & 15)
    if (kind < 0xc0) return string(kind & 31)
    if (kind > 0xdf) return kind - 256
    return wide[kind]()
  }

  return read()
}
