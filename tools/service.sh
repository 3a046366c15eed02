# shellcheck shell=bash
# Sourced by the run-*.sh scripts: runs one service, natively or in a container.
#
# The queue credentials come from EI_QUEUE_USER and EI_QUEUE_PASSWORD_FILE, never from options.

source "$(dirname "${BASH_SOURCE[0]}")/environment.sh"

TAG="${EI_IMAGE_TAG:-latest}"

is_number() { [[ "$1" =~ ^[0-9]+$ ]] || die "$2 $1: write a number"; }

bad_option() { die "$(basename "$0"): -$1 is not an option, or its value is missing; see -h"; }

container_engine() {
  local engine
  for engine in docker podman; do
    command -v "$engine" >/dev/null && { echo "$engine"; return; }
  done
  die "-y needs docker or podman; install one of them, or leave out -y to run natively"
}

# run_service REGISTRY IMAGE MODULE -- ENGINE-ARGUMENTS… -- SERVICE-ARGUMENTS…
run_service() {
  local registry="$1" image="$2" module="$3"
  shift 4
  local engine_arguments=() name
  while [ "$1" != -- ]; do engine_arguments+=("$1"); shift; done
  shift
  if [ -z "$registry" ]; then
    ensure_environment requirements.txt
    cd "${EI_RUN_FOLDER:-$PWD}"
    exec "$PYTHON" -m "$module" "$@"
  fi
  for name in $(compgen -e | grep '^EI_' | grep -v '^EI_IMAGE_TAG$\|^EI_RUN_FOLDER$\|^EI_QUEUE_PASSWORD_FILE$' || true); do
    engine_arguments+=(--env "$name")
  done
  if [ -n "${EI_QUEUE_PASSWORD_FILE:-}" ]; then
    engine_arguments+=(
      --volume "$(realpath "$EI_QUEUE_PASSWORD_FILE"):/run/secrets/queue-password:ro"
      --env EI_QUEUE_PASSWORD_FILE=/run/secrets/queue-password
    )
  fi
  if [ "${DEBUG:-no}" = yes ]; then engine_arguments+=(--volume "$ROOT/apps:/app/apps:ro"); fi
  exec "$(container_engine)" run --rm --init --network host --read-only --tmpfs /tmp \
    --cap-drop ALL --security-opt no-new-privileges "${engine_arguments[@]}" \
    "${registry%/}/$image:$TAG" python -m "$module" "$@"
}
