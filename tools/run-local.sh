#!/usr/bin/env bash
# The whole system on this machine, with one command; --help shows what it can do.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/environment.sh"
ensure_environment requirements.txt
case " $* " in
  *" --help "* | *" -h "*) ;;
  *) "$ROOT/tools/build-dashboard.sh" || say "the dashboard is not built, so a plain page is shown" ;;
esac
export PYTHONPATH="$ROOT"
exec "$PYTHON" -m apps.local ${EI_MODELS_MIRROR:+--mirror "$EI_MODELS_MIRROR"} "$@"
