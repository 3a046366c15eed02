#!/usr/bin/env bash
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/service.sh"

usage() { cat <<'TEXT'
File stream service: send the frames of a video file, in a loop, to the queue of a task.

  run-fss.sh -v FILE [-t TASK] [-s NAME] [-q HOST] [-p PORT] [-y REGISTRY] [-d] [-h]

  -v  video file, RTSP or HTTP address, folder of images, or synthetic:…
  -t  task, or several separated by commas (people)
  -s  stream name (<host>-<file>)
  -q  queue host (127.0.0.1)
  -p  queue port (6379; the NodePort of a cluster is 31003)
  -y  run in a container with the image from this registry; without -y, run natively
  -d  with -y: mount apps/ of this checkout over the code in the image
  -h  this text

EI_QUEUE_USER and EI_QUEUE_PASSWORD_FILE are the queue credentials. EI_FPS, EI_SIZE and
EI_QUALITY set frame rate, size and JPEG quality.
TEXT
}
show_usage "$@"

video="" task=people name="" host=127.0.0.1 port=6379 registry="" DEBUG=no
while getopts ":v:t:s:q:p:y:dh" option; do
  case "$option" in
    v) video="$OPTARG" ;; t) task="$OPTARG" ;; s) name="$OPTARG" ;; q) host="$OPTARG" ;;
    p) port="$OPTARG" ;; y) registry="$OPTARG" ;; d) DEBUG=yes ;; h) usage; exit 0 ;;
    *) bad_option "$OPTARG" ;;
  esac
done
[ -n "$video" ] || die "run-fss.sh: name a video file with -v; see -h"
is_number "$port" -p

mounts=()
if [ -e "$video" ]; then
  video="$(realpath "$video")"
  mounts=(--volume "$video:$video:ro")
fi
run_service "$registry" ei-file-stream-service apps.streams \
  -- "${mounts[@]}" \
  -- --source "$video" --tasks "$task" --stream-name "$name" \
  --queue-host "$host" --queue-port "$port"
