# shellcheck shell=bash
# Sourced by the install-*.sh scripts: prints or runs the installation of one Helm chart.
#
# chart_usage TEXT: prints the help text of a script, with the options that all of them share.
# chart_options "$@": parses the shared options and leaves the others in REST.
# install_chart RELEASE REPOSITORY CHART HELM-ARGUMENTS…: prints the command; with --apply, runs it.

source "$(dirname "${BASH_SOURCE[0]}")/environment.sh"

NAMESPACE="" VERSION="" APPLY=no

chart_usage() { cat <<TEXT
$1

  $(basename "$0") [--apply] [-n NAMESPACE] [-g VERSION]${CHART_FLAGS:+ $CHART_FLAGS} [-h]

  --apply  run the command; without it, only print the command
  -n       namespace ($NAMESPACE)
  -g       chart version ($VERSION)
${CHART_HELP:+$CHART_HELP
}  -h       this text
TEXT
}

chart_options() {
  REST=()
  while [ $# -gt 0 ]; do
    case "$1" in
      --apply) APPLY=yes ;;
      -n|-g) [ $# -gt 1 ] || die "$(basename "$0"): $1 needs a value; see -h"
        if [ "$1" = -n ]; then NAMESPACE="$2"; else VERSION="$2"; fi; shift ;;
      -h|--help) usage; exit 0 ;;
      *) REST+=("$1") ;;
    esac
    shift
  done
}

bad_flag() { die "$(basename "$0"): $1 is not an option; see -h"; }

install_chart() {
  local line=(helm upgrade --install "$1" "$3" --repo "$2" --version "$VERSION"
    --namespace "$NAMESPACE" --create-namespace --wait "${@:4}")
  printf '%q ' "${line[@]}" | sed 's/ $/\n/'
  [ "$APPLY" = yes ] || return 0
  command -v helm >/dev/null || die "Helm is not installed: see https://helm.sh/docs/intro/install"
  "${line[@]}"
}
