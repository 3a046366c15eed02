#!/usr/bin/env bash
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/chart.sh"

NAMESPACE=monitoring VERSION=">=60.0.0"
usage() { chart_usage "Install kube-prometheus-stack with the ports of this project. Then run install-monitoring.sh operator
to observe an installation."; }

chart_options "$@"
[ ${#REST[@]} = 0 ] || bad_flag "${REST[0]}"
install_chart kube-prometheus-stack https://prometheus-community.github.io/helm-charts kube-prometheus-stack \
  --values "$ROOT/kubernetes/monitoring/kube-prometheus-stack-values.yaml"
