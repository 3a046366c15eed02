#!/usr/bin/env bash
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/service.sh"

usage() { cat <<'TEXT'
Gateway: dashboard, REST and WebSocket on one port.

  run-gws.sh [-i HOST] [-p PORT] [-w PORT] [-y REGISTRY] [-d] [-h]

  -i  host of the queue and the results (127.0.0.1)
  -p  port of the queue and the results (6379)
  -w  port of the dashboard (8080, on loopback; EI_GATEWAY_HOST says where else, with a token)
  -y  run in a container, image from this registry; without it, natively
  -d  with -y: use the apps/ of this folder instead of the image's
  -h  this text

EI_QUEUE_USER and EI_QUEUE_PASSWORD_FILE hold the queue's credentials.
TEXT
}

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
