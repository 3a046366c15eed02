#!/usr/bin/env bash
# Measures how near the system is to what this machine can do; --help shows what it can measure.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/environment.sh"
ensure_environment requirements.txt
export PYTHONPATH="$ROOT"
exec "$PYTHON" -m tools.bench "$@"
