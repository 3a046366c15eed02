#!/usr/bin/env bash
# Installs Prometheus, rules and Grafana dashboards for an installation.
# Prints the commands; with --apply as the first argument, runs them too.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/environment.sh"
show_usage "$@"

ensure_environment requirements.txt
apply=no
if [ "${1:-}" = --apply ]; then apply=yes; shift; fi
lines="$("$PYTHON" -m tools.manifests.install_monitoring "$@")"
printf '%s\n' "$lines"
[ "$apply" = yes ] || exit 0
while IFS= read -r line; do
  case "$line" in
    kubectl\ *|"$ROOT"/tools/*) read -r -a words <<<"$line"; command -v "${words[0]}" >/dev/null \
      || die "${words[0]} is not installed; install it and run this again"; "${words[@]}" ;;
  esac
done <<<"$lines"
