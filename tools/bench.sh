#!/usr/bin/env bash
# Benchmarks: measures the system against the limits of this machine.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/environment.sh"
show_usage "$@"
ensure_environment tests/requirements.txt
exec "$PYTHON" -m tools.bench "$@"
