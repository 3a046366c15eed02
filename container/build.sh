#!/usr/bin/env bash
# Builds, publishes and saves the images: two families, each tagged with the names of its services.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

usage() { cat <<'TEXT'
Build, publish or save the images with docker, podman or buildah.

  build.sh -r REGISTRY [-a build|publish|save|all|list] [-c COMPONENT|all] [-g TAG] [-h]

  -r  registry, such as registry.example:5000/vision
  -a  build, publish, save (one archive per image), all (build and publish), or list the names (all)
  -c  css, fss, ois, gws or all (all)
  -g  tag (latest)
  -h  this text

EI_IMAGE_MODELS="face people" adds the models of these tasks to the vision images.
EI_IMAGE_PLATFORMS=linux/amd64,linux/arm64 builds for both platforms and publishes (docker buildx).
http_proxy, https_proxy and no_proxy are passed to the build.
TEXT
}
case "${1:-}" in -h|--help) usage; exit 0 ;; esac

die() { printf 'build.sh: %s\n' "$*" >&2; exit 1; }

declare -A NAMES=(
  [css]=ei-camera-stream-service [fss]=ei-file-stream-service
  [ois]=ei-inference-service [gws]=ei-gateway-server
)
declare -A FAMILIES=([css]=vision [fss]=vision [ois]=vision [gws]=control)

action=all component=all registry="" tag=latest
while getopts ":a:r:c:g:h" option; do
  case "$option" in
    a) action="$OPTARG" ;; r) registry="${OPTARG%/}" ;; c) component="$OPTARG" ;;
    g) tag="$OPTARG" ;; h) usage; exit 0 ;;
    *) die "-$OPTARG is not an option, or its value is missing; see -h" ;;
  esac
done
[ -n "$registry" ] || die "-r REGISTRY is missing; see -h"
case "$action" in build|publish|save|all|list) ;; *) die "-a $action: choose build, publish, save, all or list" ;; esac
case "$component" in
  css|fss|ois|gws) components=("$component") ;;
  all) components=(css fss ois gws) ;;
  wss) printf 'build.sh: wss is part of the gateway: build gws\n' >&2; exit 0 ;;
  *) die "-c $component: choose one of css, fss, ois, gws, all" ;;
esac

image() { echo "$registry/${NAMES[$1]}:$tag"; }

if [ "$action" = list ]; then
  for name in "${components[@]}"; do image "$name"; done
  exit 0
fi

engine=""
for candidate in docker podman buildah; do
  if command -v "$candidate" >/dev/null; then engine="$candidate"; break; fi
done
[ -n "$engine" ] || die "docker, podman or buildah is needed; install one of them"

build_family() {
  local family="$1" name
  local arguments=(--file "container/$family/Dockerfile")
  for name in "${components[@]}"; do
    [ "${FAMILIES[$name]}" = "$family" ] && arguments+=(--tag "$(image "$name")")
  done
  [ ${#arguments[@]} -gt 2 ] || return 0
  for name in http_proxy https_proxy no_proxy EI_MODELS_MIRROR; do
    [ -z "${!name:-}" ] || arguments+=(--build-arg "$name")
  done
  arguments+=(--build-arg "VERSION=$tag")
  arguments+=(--build-arg "REVISION=$(git rev-parse HEAD 2>/dev/null || echo unknown)")
  if [ "$family" = vision ]; then arguments+=(--build-arg "MODELS=${EI_IMAGE_MODELS:-}"); fi
  if [ -n "${EI_IMAGE_PLATFORMS:-}" ]; then
    [ "$engine" = docker ] || die "EI_IMAGE_PLATFORMS needs docker buildx"
    docker buildx build --platform "$EI_IMAGE_PLATFORMS" --push "${arguments[@]}" .
  else
    "$engine" build "${arguments[@]}" .
  fi
}

build() { build_family control; build_family vision; }
publish() {
  local name
  [ -z "${EI_IMAGE_PLATFORMS:-}" ] || return 0 # buildx has pushed them
  for name in "${components[@]}"; do "$engine" push "$(image "$name")"; done
}
save() {
  local name archive
  for name in "${components[@]}"; do
    archive="${NAMES[$name]}_$tag.tar"
    if [ "$engine" = buildah ]; then
      buildah push "$(image "$name")" "docker-archive:$archive:$(image "$name")"
    else
      "$engine" save --output "$archive" "$(image "$name")"
    fi
  done
}

case "$action" in
  build) build ;; publish) publish ;; save) save ;; all) build; publish ;;
esac
