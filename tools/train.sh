#!/usr/bin/env bash
# Trains a small model from scratch, and lays it into models/; --help shows what it can do.
#
# torch is large and needed for nothing else, so it has an environment of its own.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/environment.sh"
VENV="$ROOT/.venv-train" PYTHON="$ROOT/.venv-train/bin/python"
ensure_environment tools/train/requirements.txt
export PYTHONPATH="$ROOT"
exec "$PYTHON" -m tools.train "$@"
