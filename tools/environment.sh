# shellcheck shell=bash
# Sourced by the scripts of this folder: a virtual environment with what a requirements file pins.
#
# ensure_environment REQUIREMENTS: makes .venv where it is missing, installs what changed since the
# last time, and leaves the interpreter's path in $PYTHON.

ROOT="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
VENV="$ROOT/.venv"
PYTHON="$VENV/bin/python"

say() { printf '%s\n' "$*" >&2; }
die() { say "$*"; exit 1; }

find_python() {
  local candidate
  for candidate in python3.11 python3.12 python3.13 python3; do
    if command -v "$candidate" >/dev/null \
      && "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
      echo "$candidate"
      return
    fi
  done
  die "Python 3.11 or newer is needed: install it (Debian: apt-get install python3 python3-venv)"
}

ensure_environment() {
  local requirements="$ROOT/$1" wanted stamp="$VENV/.installed-${1//\//-}"
  # with those that it may include: a change of any of them is a reason to look again
  wanted="$(cat "$ROOT/requirements.txt" "$ROOT"/tools/*/requirements.txt "$requirements" | cksum)"
  [ -x "$PYTHON" ] || { say "making a virtual environment in .venv"; "$(find_python)" -m venv "$VENV" \
    || die "the virtual environment could not be made (Debian: apt-get install python3-venv)"; }
  if [ "$(cat "$stamp" 2>/dev/null)" != "$wanted" ]; then
    say "installing what $1 pins (once)"
    "$PYTHON" -m pip install -qq --disable-pip-version-check -r "$requirements" \
      || die "the packages could not be installed; the lines above say why"
    echo "$wanted" >"$stamp"
  fi
}
