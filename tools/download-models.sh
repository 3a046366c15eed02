#!/usr/bin/env bash
# Fetches models and sample videos; --help shows what it can do.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/environment.sh"
ensure_environment requirements.txt
export PYTHONPATH="$ROOT"
exec "$PYTHON" "$ROOT/tools/download_models.py" "$@"
