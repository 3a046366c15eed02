#!/usr/bin/env bash
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/service.sh"

usage() { cat <<'TEXT'
File stream service: a video file's pictures, again and again, onto the queue of a task.

  run-fss.sh -v FILE [-t TASK] [-s NAME] [-q HOST] [-p PORT] [-y REGISTRY] [-d] [-h]

  -v  video file; an RTSP or HTTP address, a folder of pictures or synthetic:… will do as well
  -t  task, or several with commas (people)
  -s  stream name (<host>-<file>)
  -q  host of the queue (127.0.0.1)
  -p  port of the queue (6379; 31003 for the NodePort of a cluster)
  -y  run in a container, image from this registry; without it, natively
  -d  with -y: use the apps/ of this folder instead of the image's
  -h  this text

EI_QUEUE_USER and EI_QUEUE_PASSWORD_FILE hold the queue's credentials; EI_FPS, EI_SIZE and
EI_QUALITY the form of the pictures.
TEXT
}

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
