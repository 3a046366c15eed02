#!/usr/bin/env bash
# Simulates autoscaling policies.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/environment.sh"
show_usage "$@"
ensure_environment tests/requirements.txt
exec "$PYTHON" -m tools.scaling_lab "$@"
