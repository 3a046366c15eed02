#!/usr/bin/env bash
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/service.sh"

usage() { cat <<'TEXT'
Gateway: dashboard, REST and WebSocket on one port.

  run-gws.sh [-i HOST] [-p PORT] [-w PORT] [-y REGISTRY] [-d] [-h]

  -i  host of the Redis with queues and results (127.0.0.1)
  -p  port of that Redis (6379)
  -w  port of the dashboard (8080); it listens on loopback unless EI_GATEWAY_HOST sets another address,
      which needs a token
  -y  run in a container with the image from this registry; without -y, run natively
  -d  with -y: mount apps/ of this checkout over the code in the image
  -h  this text

EI_QUEUE_USER and EI_QUEUE_PASSWORD_FILE are the queue credentials.
TEXT
}
show_usage "$@"

host=127.0.0.1 port=6379 web=8080 registry="" DEBUG=no
while getopts ":i:p:w:y:dh" option; do
  case "$option" in
    i) host="$OPTARG" ;; p) port="$OPTARG" ;; w) web="$OPTARG" ;; y) registry="$OPTARG" ;;
    d) DEBUG=yes ;; h) usage; exit 0 ;;
    *) bad_option "$OPTARG" ;;
  esac
done
is_number "$port" -p; is_number "$web" -w

run_service "$registry" ei-gateway-server apps.gateway -- \
  -- --queue-host "$host" --queue-port "$port" --gateway-port "$web"
