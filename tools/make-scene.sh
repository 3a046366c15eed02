#!/usr/bin/env bash
# Draws synthetic scenes into video files, with their ground truth; --help shows what it can do.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/environment.sh"
ensure_environment requirements.txt
export PYTHONPATH="$ROOT"
exec "$PYTHON" -m apps.scenes.export "$@"
