#!/usr/bin/env bash
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/service.sh"

usage() { cat <<'TEXT'
Camera stream service: a USB camera's pictures onto the queue of a task.

  run-css.sh [-v CAMERA] [-t TASK] [-s NAME] [-q HOST] [-p PORT] [-y REGISTRY] [-d] [-h]

  -v  number of the camera, the N of /dev/videoN (0)
  -t  task, or several with commas (people)
  -s  stream name (<host>-camera-<N>)
  -q  host of the queue (127.0.0.1)
  -p  port of the queue (6379; 31003 for the NodePort of a cluster)
  -y  run in a container, image from this registry; without it, natively
  -d  with -y: use the apps/ of this folder instead of the image's
  -h  this text

EI_QUEUE_USER and EI_QUEUE_PASSWORD_FILE hold the queue's credentials; EI_FPS, EI_SIZE and
EI_QUALITY the form of the pictures (tools/run-css.sh -y … passes every EI_ variable on).

  EI_QUEUE_USER=camera EI_QUEUE_PASSWORD_FILE=secret.txt run-css.sh -v 0 -t face -q node1 -p 31003
TEXT
}

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
