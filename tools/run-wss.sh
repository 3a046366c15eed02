#!/usr/bin/env bash
# Kept for its name: the gateway includes the WebSocket server.
echo "run-wss.sh: the WebSocket server is part of the gateway: run tools/run-gws.sh and connect" \
  "to ws://<gateway>/<stream id>" >&2
case "${1:-}" in -h|--help) exit 0 ;; esac
exit 1
