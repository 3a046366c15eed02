#!/usr/bin/env bash
# The WebSocket server is part of the gateway: one port serves the page, REST and WebSocket.
echo "run-wss.sh: the WebSocket server is part of the gateway now: run tools/run-gws.sh and connect" \
  "to ws://<gateway>/<stream id>" >&2
[ "${1:-}" = -h ] && exit 0
exit 1
