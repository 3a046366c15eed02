#!/usr/bin/env bash
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/chart.sh"

NAMESPACE=monitoring VERSION=">=4.0.0" address=http://ei-prometheus-svc.monitoring.svc
CHART_FLAGS="[-u URL]" CHART_HELP="  -u       URL of Prometheus without its port, 9090 ($address)"
usage() { chart_usage "Install prometheus-adapter with the rule for the scaling metric. gen-k8s-yaml.sh --autoscaler hpa needs it."; }

chart_options "$@"
while [ ${#REST[@]} -gt 0 ]; do
  case "${REST[0]}" in
    -u) [ ${#REST[@]} -gt 1 ] || die "$(basename "$0"): -u needs a value; see -h"
      address="${REST[1]%:9090}"; REST=("${REST[@]:2}") ;;
    *) bad_flag "${REST[0]}" ;;
  esac
done
install_chart prometheus-adapter https://prometheus-community.github.io/helm-charts prometheus-adapter \
  --values "$ROOT/kubernetes/monitoring/adapter-values.yaml" \
  --set "prometheus.url=$address,prometheus.port=9090"
