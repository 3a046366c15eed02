/** Picture and boxes as one PNG, at the picture's own size. */
export function snapshot(picture: HTMLCanvasElement, overlay: HTMLCanvasElement): Promise<Blob | null> {
  const sheet = document.createElement('canvas')
  sheet.width = picture.width
  sheet.height = picture.height
  const ctx = sheet.getContext('2d')
  ctx?.drawImage(picture, 0, 0)
  ctx?.drawImage(overlay, 0, 0, sheet.width, sheet.height)
  return new Promise((resolve) => sheet.toBlob(resolve, 'image/png'))
}

/** Hands a file to the browser's downloads. */
export function download(blob: Blob, fileName: string): void {
  const link = document.createElement('a')
  link.href = URL.createObjectURL(blob)
  link.download = fileName
  link.click()
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000)
}
