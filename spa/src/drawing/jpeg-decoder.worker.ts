/** Decodes JPEGs outside of the page's main thread. */
import type { DecodeRequest, DecodeResponse } from '@/drawing/jpeg-decoder'

addEventListener('message', ({ data: { requestId, jpeg } }: MessageEvent<DecodeRequest>) => {
  const respond = (bitmap: ImageBitmap | null): void => {
    const response: DecodeResponse = { requestId, bitmap }
    postMessage(response, { transfer: bitmap ? [bitmap] : [] })
  }
  createImageBitmap(new Blob([jpeg], { type: 'image/jpeg' })).then(respond, () => respond(null))
})
