#!/usr/bin/env bash
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/environment.sh"

usage() { cat <<'TEXT'
Write the files that are generated from the code: help texts of the scripts.

  generate.sh [-h]
TEXT
}

show_usage "$@"
ensure_environment tests/requirements.txt
exec "$PYTHON" -m tools.generate "$@"
