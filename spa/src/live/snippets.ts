/** How somebody else reads this stream. */
export interface Snippet {
  name: string
  text: string
}

/**
 * Programs that can be pasted as they are.
 *
 * @param token whether the gateway asks for one; it is never written into a program
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
        for found in result["detections"]:
            print(result["sequence"], found["label"], round(found["score"], 2), found["box"])
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
