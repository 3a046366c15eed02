#!/usr/bin/env bash
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/environment.sh"

usage() { cat <<'TEXT'
Run the checks that need no tests: formatting, lint, types and import rules.

  checks.sh [CHECK...] [-h]

  format   ruff format --check
  lint     ruff check
  types    mypy
  imports  import-linter: which package may import which
  prose    wording that the project avoids, in code, docs and texts
  fix      format the code and apply the safe fixes of ruff
  -h       this text

Without CHECK: format, lint, types and imports, as continuous integration runs them.
TEXT
}

step() { say "== $1"; shift; "$@"; }

[ $# -gt 0 ] || set -- format lint types imports
for check in "$@"; do
  case "$check" in
    format|lint|types|imports|prose|fix) ;;
    -h|--help) usage; exit 0 ;;
    *) die "checks.sh: there is no check $check; see -h" ;;
  esac
done

cd "$ROOT"
ensure_environment tests/requirements.txt
export PATH="$VENV/bin:$PATH"
for check in "$@"; do
  case "$check" in
    format) step "formatting" ruff format --check --quiet . ;;
    lint) step "lint" ruff check --quiet . ;;
    types) step "types" mypy ;;
    imports) step "imports" lint-imports --cache-dir .cache/import-linter ;;
    prose) step "wording" python -m tools.checks.prose ;;
    fix) step "fix" ruff check --quiet --fix .; ruff format --quiet . ;;
  esac
done
