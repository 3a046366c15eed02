# shellcheck shell=bash
# Sourced by the scripts of this folder: the virtual environment with the project installed editable.
#
# show_usage "$@": for -h or --help, prints the help text before anything is installed. The text is
# tools/usage/<script>.txt, written by generate.sh, unless the script defines `usage` itself.
# ensure_environment LOCK [EXTRA]: creates .venv, installs the pinned packages of the lock file LOCK
# and the project (with EXTRA, for dependencies that no lock holds), and sets $PYTHON. It does nothing
# when LOCK and pyproject.toml have not changed since the last time.

ROOT="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
VENV="$ROOT/.venv"
PYTHON="$VENV/bin/python"

say() { printf '%s\n' "$*" >&2; }
die() { say "$*"; exit 1; }

usage() { cat "$ROOT/tools/usage/$(basename "$0" .sh).txt"; }

show_usage() {
  case "${1:-}" in
    -h|--help) usage; exit 0 ;;
  esac
}

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

# install_once STAMP VALUE DESCRIPTION PIP-ARGUMENTS…: runs pip unless the stamp file holds VALUE.
install_once() {
  local stamp="$VENV/.installed-$1" value="$2" description="$3"
  shift 3
  [ "$(cat "$stamp" 2>/dev/null)" != "$value" ] || return 0
  say "Installing $description"
  "$PYTHON" -m pip install -qq --disable-pip-version-check "$@" \
    || die "The packages could not be installed; the lines above give the reason."
  echo "$value" >"$stamp"
}

ensure_environment() {
  local lock="$1" extra="${2:-}" project=(--no-deps)
  [ -z "$extra" ] || project=()
  [ -x "$PYTHON" ] || { say "Creating a virtual environment in ${VENV#"$ROOT/"}"; "$(find_python)" -m venv "$VENV" \
    || die "The virtual environment could not be created (Debian: apt-get install python3-venv)."; }
  install_once "${lock//\//-}" "$(cksum <"$ROOT/$lock")" "the packages of $lock" \
    --require-hashes -r "$ROOT/$lock"
  # The path is part of it: an editable install points at the folder that it was made in.
  install_once "project${extra:+-$extra}" "$ROOT $(cksum <"$ROOT/pyproject.toml")" "the project${extra:+ and what the extra $extra needs}" \
    --no-build-isolation "${project[@]}" --editable "$ROOT${extra:+[$extra]}"
}
