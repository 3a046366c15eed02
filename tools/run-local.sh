#!/usr/bin/env bash
# Runs the whole system on this machine.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/environment.sh"
show_usage "$@"
ensure_environment requirements.txt
case " $* " in
  *" --help "* | *" -h "*) ;;
  *) "$ROOT/tools/build-dashboard.sh" || say "The dashboard could not be built; only the API is available." ;;
esac
exec "$PYTHON" -m apps.local ${EI_MODELS_MIRROR:+--mirror "$EI_MODELS_MIRROR"} "$@"
