#!/usr/bin/env bash
# Prometheus, Grafana, rules and dashboards of an installation; -h shows the flags.
# With --apply as the first argument, what would be printed is run.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/environment.sh"

ensure_environment requirements.txt
apply=no
if [ "${1:-}" = --apply ]; then apply=yes; shift; fi
lines="$("$PYTHON" "$ROOT/tools/install_monitoring.py" "$@")"
printf '%s\n' "$lines"
[ "$apply" = yes ] || exit 0
while IFS= read -r line; do
  case "$line" in
    kubectl\ *|"$ROOT"/tools/*) read -r -a words <<<"$line"; command -v "${words[0]}" >/dev/null \
      || die "${words[0]} is needed and not here"; "${words[@]}" ;;
  esac
done <<<"$lines"
