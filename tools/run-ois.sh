#!/usr/bin/env bash
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/service.sh"

usage() { cat <<'TEXT'
OpenVINO inference service: one worker for the frames and jobs of a task.

  run-ois.sh [-t TASK] [-i HOST] [-o HOST] [-p PORT] [-m DIR] [-y REGISTRY] [-d] [-h]

  -t  task: face, people, car, face-fp32, face-int8, car-fp32, car-int8, object, reid (people)
  -i  queue host (127.0.0.1); EI_QUEUE_PORT is the port (6379)
  -o  results host; must equal -i, because both are in one Redis; may be left out
  -p  port for health and metrics (8000)
  -m  folder with model files (models/, where download-models.sh writes them)
  -y  run in a container with the image from this registry; without -y, run natively
  -d  with -y: mount apps/ of this checkout over the code in the image
  -h  this text

EI_QUEUE_USER and EI_QUEUE_PASSWORD_FILE are the queue credentials.
TEXT
}
show_usage "$@"

task=people input=127.0.0.1 output="" port=8000 models="" registry="" DEBUG=no
while getopts ":t:i:o:p:m:y:dh" option; do
  case "$option" in
    t) task="$OPTARG" ;; i) input="$OPTARG" ;; o) output="$OPTARG" ;; p) port="$OPTARG" ;;
    m) models="$OPTARG" ;; y) registry="$OPTARG" ;; d) DEBUG=yes ;; h) usage; exit 0 ;;
    *) bad_option "$OPTARG" ;;
  esac
done
is_number "$port" -p
[ -z "$output" ] || [ "$output" = "$input" ] \
  || die "run-ois.sh: frames and results live in one Redis: set -o to the host of -i, or leave it out"

folder=() mounts=()
if [ -n "$models" ]; then
  [ -d "$models" ] || die "run-ois.sh: -m $models: there is no such folder"
  folder=(--models "$(realpath "$models")")
  mounts=(--volume "$(realpath "$models"):$(realpath "$models"):ro")
fi
run_service "$registry" ei-inference-service apps.inference \
  -- "${mounts[@]}" \
  -- --task "$task" --queue-host "$input" --metrics-port "$port" "${folder[@]}"
