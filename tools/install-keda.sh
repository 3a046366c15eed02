#!/usr/bin/env bash
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/chart.sh"

# KEDA 2.18 is the first version whose fallback keeps the workers when the target is below 1.
NAMESPACE=keda VERSION=">=2.18.0 <3.0.0"
usage() { chart_usage "Install KEDA. gen-k8s-yaml.sh --autoscaler keda and keda-zero need it."; }

chart_options "$@"
[ ${#REST[@]} = 0 ] || bad_flag "${REST[0]}"
install_chart keda https://kedacore.github.io/charts keda
