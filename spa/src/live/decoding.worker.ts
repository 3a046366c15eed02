/** Decodes JPEGs away from the page's main thread, which not even makes the Blobs. */
import type { Decoded, Encoded } from '@/live/decoding'

addEventListener('message', ({ data: { ticket, jpeg } }: MessageEvent<Encoded>) => {
  const answer = (bitmap: ImageBitmap | null): void => {
    const decoded: Decoded = { ticket, bitmap }
    postMessage(decoded, { transfer: bitmap ? [bitmap] : [] })
  }
  createImageBitmap(new Blob([jpeg], { type: 'image/jpeg' })).then(answer, () => answer(null))
})
