/** Draws frame and boxes into one PNG in the frame's size. */
export function snapshot(picture: HTMLCanvasElement, overlay: HTMLCanvasElement): Promise<Blob | null> {
  const canvas = document.createElement('canvas')
  canvas.width = picture.width
  canvas.height = picture.height
  const ctx = canvas.getContext('2d')
  ctx?.drawImage(picture, 0, 0)
  ctx?.drawImage(overlay, 0, 0, canvas.width, canvas.height)
  return new Promise((resolve) => canvas.toBlob(resolve, 'image/png'))
}

/** Downloads a file in the browser. */
export function download(blob: Blob, fileName: string): void {
  const link = document.createElement('a')
  link.href = URL.createObjectURL(blob)
  link.download = fileName
  link.click()
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000)
}
