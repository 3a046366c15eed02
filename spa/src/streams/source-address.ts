/** The source types of the form. */
export type SourceKind = 'address' | 'camera' | 'file' | 'synthetic'

export const SOURCE_KINDS: { kind: SourceKind; label: string }[] = [
  { kind: 'address', label: 'Network camera' },
  { kind: 'camera', label: 'USB camera' },
  { kind: 'file', label: 'Video file' },
  { kind: 'synthetic', label: 'Drawn scene' },
]

const SCHEMES = /^(rtsps?|https?):\/\//i

/** The type of a source string. */
export function kindOf(source: string): SourceKind {
  if (SCHEMES.test(source) || source === '') return 'address'
  if (/^(camera:|\/dev\/video)/.test(source)) return 'camera'
  return source.startsWith('synthetic:') ? 'synthetic' : 'file'
}

/** Why a source is not valid, checked before it is sent; empty when it is valid. */
export function sourceProblem(kind: SourceKind, source: string): string {
  switch (kind) {
    case 'address':
      return addressProblem(source)
    case 'camera':
      return /^camera:\d+$/.test(source) ? '' : 'Enter the camera number, for example 0 for /dev/video0.'
    case 'file':
      return source === '' ? 'Upload a video first.' : ''
    default:
      return source.startsWith('synthetic:') ? '' : 'Enter synthetic: and the name of a scene, for example synthetic:pattern.'
  }
}

function addressProblem(address: string): string {
  if (!SCHEMES.test(address)) return 'The address must begin with rtsp://, rtsps://, http:// or https://.'
  return URL.canParse(address) && new URL(address).hostname !== '' ? '' : 'Enter a complete address, for example rtsp://camera.example/stream.'
}

/** Why a stream name is not valid; empty when it is valid. */
export function nameProblem(name: string): string {
  if (name.trim() === '') return 'Enter a name.'
  if (new TextEncoder().encode(name).length > 200) return 'The name must not be longer than 200 bytes.'
  return ''
}
