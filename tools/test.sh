#!/usr/bin/env bash
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/environment.sh"

usage() { cat <<'TEXT'
Check and test the project.

  test.sh [--full] [PYTEST-ARGUMENTS...]

  test.sh                                everything: checks, dashboard and all tests
  test.sh --full                         the same, with soak tests of full length
  test.sh tests/unit/vision              only these tests, at once
  test.sh -k ledger tests/unit/pipeline  any arguments of pytest

  -h, --help  this text

The script installs the Python packages into .venv. The complete run also installs, as root on a
system with apt, the programs that the tests start; where it may not, those tests are skipped.
EI_TEST_DATA is the folder with models, videos and pictures (../shared/data).
TEXT
}

full=no
case "${1:-}" in
  -h|--help) usage; exit 0 ;;
  --full) full=yes; shift ;;
esac

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
    say "Not installed, so the tests that need them are skipped: ${missing[*]}"
    return 0
  fi
  say "Installing ${missing[*]}"
  apt-get update -qq >/dev/null && DEBIAN_FRONTEND=noninteractive \
    apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null \
    || say "apt could not install all of them; the tests that need them are skipped."
}

step() { say "== $1"; shift; "$@"; }

cd "$ROOT"
export PATH="$VENV/bin:$PATH"
if [ "$full" = yes ]; then export EI_TEST_SOAK_FACTOR=1; fi

if [ $# -gt 0 ]; then
  ensure_environment tests/requirements.txt
  exec python -m pytest "$@"
fi

install_system_packages
ensure_environment tests/requirements.txt
tools/checks.sh
step "dashboard" tools/build-dashboard.sh --check

# Tests that use sockets and clocks run alone on the machine. A failure of the first part does not
# hide the failures of the second. Coverage is cheap from Python 3.12 on (sys.monitoring).
failed=no
if python -c 'import sys; sys.exit(sys.version_info < (3, 12))'; then
  export COVERAGE_CORE=sysmon
fi
step "unit and contract tests" python -m pytest --numprocesses "$(nproc)" --dist loadfile \
  --cov --cov-report=term tests/unit tests/contract || failed=yes
step "integration and end-to-end tests" python -m pytest --durations 25 \
  tests/integration tests/e2e || failed=yes
[ "$failed" = no ]
