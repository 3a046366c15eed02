#!/usr/bin/env bash
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/environment.sh"

usage() { cat <<'TEXT'
Write the lock files from the dependencies in pyproject.toml.

  lock.sh [--upgrade] [-h]

  --upgrade  take the newest versions that pyproject.toml allows; without it, pins stay where they can
  -h         this text

  requirements.txt                    run everything on one machine
  tests/requirements.txt              run and test (extra dev)
  container/control/requirements.txt  image of the gateway
  container/vision/requirements.txt   image of streams and inference

All four agree: the other three take their pins from tests/requirements.txt. The extra train has no
lock, because the wheels of torch differ from machine to machine.
TEXT
}

UV="uv==0.13.9"

upgrade=()
case "${1:-}" in
  -h|--help) usage; exit 0 ;;
  --upgrade) upgrade=(--upgrade) ;;
  "") ;;
  *) die "lock.sh: $1 is not an option; see -h" ;;
esac

cd "$ROOT"
compiler="$ROOT/.cache/lock"
[ -x "$compiler/bin/uv" ] || "$(find_python)" -m venv "$compiler"
"$compiler/bin/python" -m pip install -qq --disable-pip-version-check "$UV" \
  || die "$UV could not be installed; the lines above give the reason"

# lock FILE EXTRA…: pins with hashes, for all platforms and versions of Python that the project supports.
lock() {
  local file="$1" arguments=() extra
  shift
  for extra in "$@"; do arguments+=(--extra "$extra"); done
  say "$file"
  "$compiler/bin/uv" pip compile pyproject.toml --quiet --universal --python-version 3.11 --generate-hashes \
    --no-emit-package elastic-inference --custom-compile-command ./tools/lock.sh \
    --output-file "$file" "${arguments[@]}" "${options[@]}"
}

options=("${upgrade[@]}")
lock tests/requirements.txt vision gateway local evaluation dev
options=(--constraints tests/requirements.txt --upgrade)
lock requirements.txt vision gateway local evaluation
lock container/control/requirements.txt gateway
lock container/vision/requirements.txt vision
