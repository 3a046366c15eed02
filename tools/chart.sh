# shellcheck shell=bash
# Sourced by the install-*.sh scripts: one Helm chart, shown or installed.
#
# chart_usage TEXT: the help of a script, with the flags that all of them have.
# chart_options "$@": reads those flags.
# install_chart RELEASE REPOSITORY CHART HELM-ARGUMENTS…: the line, and with --apply the deed.

source "$(dirname "${BASH_SOURCE[0]}")/environment.sh"

NAMESPACE="" VERSION="" APPLY=no

chart_usage() { cat <<TEXT
$1

  $(basename "$0") [--apply] [-n NAMESPACE] [-g VERSION]${CHART_FLAGS:+ $CHART_FLAGS} [-h]

  --apply  run the line; without it, the line is only shown
  -n       namespace ($NAMESPACE)
  -g       version of the chart ($VERSION)
${CHART_HELP:+$CHART_HELP
}  -h       this text
TEXT
}

# What is left over stays in REST, for the script's own flags.
chart_options() {
  REST=()
  while [ $# -gt 0 ]; do
    case "$1" in
      --apply) APPLY=yes ;;
      -n|-g) [ $# -gt 1 ] || die "$(basename "$0"): $1 needs a value; see -h"
        if [ "$1" = -n ]; then NAMESPACE="$2"; else VERSION="$2"; fi; shift ;;
      -h) usage; exit 0 ;;
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
  command -v helm >/dev/null || die "helm is needed and not here: https://helm.sh/docs/intro/install"
  "${line[@]}"
}
