#!/usr/bin/env bash
# Measures the accuracy and speed of models on labelled images.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/environment.sh"
show_usage "$@"
ensure_environment requirements.txt
exec "$PYTHON" -m tools.evaluation "$@"
