#!/usr/bin/env bash
# Renders synthetic scenes to video files, with their ground truth.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/environment.sh"
show_usage "$@"
ensure_environment requirements.txt
exec "$PYTHON" -m apps.scenes.export "$@"
