#!/usr/bin/env bash
# Checks a new model before it serves a task.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/environment.sh"
show_usage "$@"
ensure_environment requirements.txt
exec "$PYTHON" -m tools.validation "$@"
