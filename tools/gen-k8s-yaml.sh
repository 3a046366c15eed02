#!/usr/bin/env bash
# Writes Kubernetes manifests that are ready to apply.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/environment.sh"
show_usage "$@"
ensure_environment requirements.txt
exec "$PYTHON" -m tools.manifests "$@"
