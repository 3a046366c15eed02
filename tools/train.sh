#!/usr/bin/env bash
# Trains a small model from scratch and puts it into models/.
#
# torch takes several GB and only training needs it, so training has its own virtual environment.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/environment.sh"
show_usage "$@"
VENV="$ROOT/.venv-train" PYTHON="$ROOT/.venv-train/bin/python"
ensure_environment requirements.txt train
exec "$PYTHON" -m tools.train "$@"
