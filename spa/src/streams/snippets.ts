/** A program or command that reads a stream. */
export interface Snippet {
  name: string
  text: string
}

/**
 * Examples that read a stream and run without changes.
 *
 * @param token whether the gateway requires a token; examples read it from the environment
 */
export function snippets(socket: string, mjpeg: string, api: string, token: boolean): Snippet[] {
  const header = token ? ', additional_headers={"Authorization": f"Bearer {os.environ[\'EI_TOKEN\']}"}' : ''
  const imports = token ? 'import os\n\nimport msgpack' : 'import msgpack'
  const bearer = token ? ' -H "Authorization: Bearer $EI_TOKEN"' : ''
  return [
    {
      name: 'Python',
      text: `${imports}  # pip install msgpack websockets
from websockets.sync.client import connect

with connect("${socket}"${header}, max_size=None) as stream:
    stream.send('{"pixels": false, "max_fps": 60}')
    for message in stream:
        result = msgpack.unpackb(message)
        for detection in result["detections"]:
            print(result["sequence"], detection["label"], round(detection["score"], 2), detection["box"])
`,
    },
    {
      name: 'JavaScript',
      text: `import { decode } from '@msgpack/msgpack'

const stream = new WebSocket('${socket}')
stream.binaryType = 'arraybuffer'
stream.onopen = () => stream.send(JSON.stringify({ pixels: false, max_fps: 60 }))
stream.onmessage = ({ data }) => console.log(decode(data).detections)
`,
    },
    { name: 'ffplay', text: `ffplay -f mjpeg${token ? ' -headers "Authorization: Bearer $EI_TOKEN"' : ''} "${mjpeg}"\n` },
    { name: 'curl', text: `curl${bearer} "${api}"\n` },
  ]
}
