#!/usr/bin/env bash
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/service.sh"

usage() { cat <<'TEXT'
Camera stream service: send the frames of a USB camera to the queue of a task.

  run-css.sh [-v CAMERA] [-t TASK] [-s NAME] [-q HOST] [-p PORT] [-y REGISTRY] [-d] [-h]

  -v  camera number: N in /dev/videoN (0)
  -t  task, or several separated by commas (people)
  -s  stream name (<host>-camera-<N>)
  -q  queue host (127.0.0.1)
  -p  queue port (6379; the NodePort of a cluster is 31003)
  -y  run in a container with the image from this registry; without -y, run natively
  -d  with -y: mount apps/ of this checkout over the code in the image
  -h  this text

EI_QUEUE_USER and EI_QUEUE_PASSWORD_FILE are the queue credentials. EI_FPS, EI_SIZE and
EI_QUALITY set frame rate, size and JPEG quality. With -y, all EI_ variables are passed to the container.

  EI_QUEUE_USER=camera EI_QUEUE_PASSWORD_FILE=secret.txt run-css.sh -v 0 -t face -q node1 -p 31003
TEXT
}
show_usage "$@"

camera=0 task=people name="" host=127.0.0.1 port=6379 registry="" DEBUG=no
while getopts ":v:t:s:q:p:y:dh" option; do
  case "$option" in
    v) camera="$OPTARG" ;; t) task="$OPTARG" ;; s) name="$OPTARG" ;; q) host="$OPTARG" ;;
    p) port="$OPTARG" ;; y) registry="$OPTARG" ;; d) DEBUG=yes ;; h) usage; exit 0 ;;
    *) bad_option "$OPTARG" ;;
  esac
done
is_number "$camera" -v; is_number "$port" -p

run_service "$registry" ei-camera-stream-service apps.streams \
  -- --device "/dev/video$camera" --group-add video \
  -- --source "camera:$camera" --tasks "$task" --stream-name "$name" \
  --queue-host "$host" --queue-port "$port"
