#!/usr/bin/env bash
# Measures models on labelled pictures; --help shows what it can do.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/environment.sh"
ensure_environment tools/evaluation/requirements.txt
export PYTHONPATH="$ROOT"
exec "$PYTHON" "$ROOT/tools/evaluate.py" "$@"
