#!/usr/bin/env bash
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/service.sh"

usage() { cat <<'TEXT'
Redis for queues and results, with bounded memory and without persistence.

  run-redis.sh [-p PORT] [-h]

  -p  port (6379)
  -h  this text

Without a password it listens on loopback only. With EI_QUEUE_PASSWORD_FILE it requires that
password and listens on all addresses.
TEXT
}
show_usage "$@"

port=6379
while getopts ":p:h" option; do
  case "$option" in
    p) port="$OPTARG" ;; h) usage; exit 0 ;;
    *) bad_option "$OPTARG" ;;
  esac
done
is_number "$port" -p

ensure_environment requirements.txt
binary="$("$PYTHON" -c \
  'from apps.local.redis_server import find_binary; print(find_binary())')"

# Redis reads it from standard input, so that the password is not visible on a command line.
configuration() {
  echo "port $port"
  echo "maxmemory 1gb"
  echo "maxmemory-policy noeviction"
  echo "proto-max-bulk-len 16mb"
  echo "client-output-buffer-limit pubsub 32mb 16mb 5"
  echo 'save ""'
  if [ -n "${EI_QUEUE_PASSWORD_FILE:-}" ]; then
    [ -r "$EI_QUEUE_PASSWORD_FILE" ] || die "EI_QUEUE_PASSWORD_FILE=$EI_QUEUE_PASSWORD_FILE: the file cannot be read"
    printf 'requirepass "%s"\n' "$(tr -d '\r\n' <"$EI_QUEUE_PASSWORD_FILE" | sed 's/[\\"]/\\&/g')"
    echo "bind * -::*"
  else
    echo "bind 127.0.0.1"
  fi
}
text="$(configuration)"
say "redis-server on port $port"
exec "$binary" - <<<"$text"
