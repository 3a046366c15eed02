#!/usr/bin/env bash
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/chart.sh"

# 2.18 is the first whose fallback holds the workers at a target below 1.
NAMESPACE=keda VERSION=">=2.18.0 <3.0.0"
usage() { chart_usage "KEDA, for gen-k8s-yaml.sh --autoscaler keda and keda-zero."; }

chart_options "$@"
[ ${#REST[@]} = 0 ] || bad_flag "${REST[0]}"
install_chart keda https://kedacore.github.io/charts keda
