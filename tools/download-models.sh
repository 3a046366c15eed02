#!/usr/bin/env bash
# Downloads models and sample videos.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/environment.sh"
show_usage "$@"
ensure_environment requirements.txt
exec "$PYTHON" -m tools.models "$@"
