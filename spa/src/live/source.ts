/** Where pictures come from, as the form asks for it. */
export type SourceKind = 'address' | 'camera' | 'file' | 'synthetic'

export const KINDS: { kind: SourceKind; words: string }[] = [
  { kind: 'address', words: 'Network camera' },
  { kind: 'camera', words: 'USB camera' },
  { kind: 'file', words: 'Video file' },
  { kind: 'synthetic', words: 'Test picture' },
]

const SCHEMES = /^(rtsps?|https?):\/\//i

/** The kind that a source string is of. */
export function kindOf(source: string): SourceKind {
  if (SCHEMES.test(source) || source === '') return 'address'
  if (/^(camera:|\/dev\/video)/.test(source)) return 'camera'
  return source.startsWith('synthetic:') ? 'synthetic' : 'file'
}

/** What is wrong with a source before it is sent, in words; empty when nothing is. */
export function sourceProblem(kind: SourceKind, source: string): string {
  switch (kind) {
    case 'address':
      return addressProblem(source)
    case 'camera':
      return /^camera:\d+$/.test(source) ? '' : 'Choose the number of the camera: 0 for /dev/video0.'
    case 'file':
      return source === '' ? 'Upload a video first.' : ''
    default:
      return source.startsWith('synthetic:') ? '' : 'A drawn scene is called synthetic: and its name.'
  }
}

function addressProblem(address: string): string {
  if (!SCHEMES.test(address)) return 'The address begins with rtsp://, rtsps://, http:// or https://.'
  return URL.canParse(address) && new URL(address).hostname !== '' ? '' : 'This is not an address: rtsp://camera.example/stream, for instance.'
}

/** What is wrong with a name, in words; empty when nothing is. */
export function nameProblem(name: string): string {
  if (name.trim() === '') return 'The stream needs a name.'
  if (new TextEncoder().encode(name).length > 200) return 'The name is longer than 200 bytes.'
  return ''
}
