#!/usr/bin/env bash
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/environment.sh"

usage() { cat <<'TEXT'
Write the generated files of the repository, where they differ.

  generate.sh [--check] [reference|tables|usage|wire-types]...
  generate.sh golden-detections [MODEL...] [--data DIR]
  generate.sh golden-messages

  reference          docs/reference, from the code
  tables             tables in docs/security.md and docs/operations.md, from the manifests
  usage              help texts of the scripts in tools/usage, from their argument parsers
  wire-types         spa/src/wire.ts, from the messages and the REST bodies
  golden-detections  tests/golden/detections: results of each model at full precision; look at the
                     difference before you commit it
  golden-messages    tests/golden/wire: bytes of new versions of messages; existing files stay
  --check            write nothing; exit with 1 when a file is out of date
  -h, --help         this text

Without a name: reference, tables, usage and wire-types.
TEXT
}

show_usage "$@"
ensure_environment tests/requirements.txt
exec "$PYTHON" -m tools.generate "$@"
