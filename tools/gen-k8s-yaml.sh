#!/usr/bin/env bash
# Writes manifests that are ready to be applied; -h shows the flags.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/environment.sh"

ensure_environment requirements.txt
exec "$PYTHON" "$ROOT/tools/gen_k8s_yaml.py" "$@"
