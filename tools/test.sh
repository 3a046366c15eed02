#!/usr/bin/env bash
# Checks and tests everything: ./tools/test.sh [--full] [pytest arguments]
#
# It installs what it needs: Python packages into .venv, and where it may (as root, with apt) the
# programs that the tests drive. --full makes the soaks as long as they should be.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/environment.sh"
cd "$ROOT"

full=no
if [ "${1:-}" = --full ]; then full=yes; shift; fi

SYSTEM_PACKAGES=(
  redis-server chromium prometheus
  python3-gi gir1.2-gst-rtsp-server-1.0 gstreamer1.0-plugins-base gstreamer1.0-plugins-good
  gstreamer1.0-plugins-bad gstreamer1.0-plugins-ugly gstreamer1.0-libav
)

install_system_packages() {
  local missing=() package
  for package in "${SYSTEM_PACKAGES[@]}"; do
    dpkg -s "$package" >/dev/null 2>&1 || missing+=("$package")
  done
  [ ${#missing[@]} -gt 0 ] || return 0
  if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
    say "not installed, so tests that need them will be skipped: ${missing[*]}"
    return 0
  fi
  say "installing ${missing[*]}"
  apt-get update -qq >/dev/null && DEBIAN_FRONTEND=noninteractive \
    apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null \
    || say "apt could not install all of them; tests that need them will be skipped"
}

step() { say "== $1"; shift; "$@"; }

install_system_packages
ensure_environment tests/requirements.txt
export PATH="$VENV/bin:$PATH" PYTHONPATH="$ROOT"
if [ "$full" = yes ]; then export EI_TEST_SOAK_FACTOR=1; fi

step "formatting" ruff format --check --quiet .
step "lint" ruff check --quiet .
step "types" mypy
step "imports" lint-imports --cache-dir .cache/import-linter
step "dashboard" tools/build-dashboard.sh --check
if [ $# -gt 0 ]; then step "tests" python -m pytest "$@"; exit; fi

# what is driven by sockets and clocks has the machine to itself; a failure of the first hides none
# of the second
failed=no
step "unit and contract tests" python -m pytest --numprocesses "$(nproc)" --dist loadfile \
  tests/unit tests/contract || failed=yes
step "integration and end-to-end tests" python -m pytest --durations 25 \
  tests/integration tests/e2e || failed=yes
[ "$failed" = no ]
