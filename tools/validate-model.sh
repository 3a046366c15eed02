#!/usr/bin/env bash
# Looks at a new model before it serves a task; --help shows what it can do.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/environment.sh"
ensure_environment tools/evaluation/requirements.txt
export PYTHONPATH="$ROOT"
exec "$PYTHON" "$ROOT/tools/validate_model.py" "$@"
