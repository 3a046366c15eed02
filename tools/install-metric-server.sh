#!/usr/bin/env bash
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/chart.sh"

NAMESPACE=kube-system VERSION=">=3.12.0 <4.0.0" insecure=()
CHART_FLAGS="[-k]" CHART_HELP="  -k       skip the certificate check of the nodes (small clusters often have self-signed certificates)"
usage() { chart_usage "Install metrics-server. gen-k8s-yaml.sh --autoscaler hpa-cpu and kubectl top need it. k3s includes it;
for minikube run: minikube addons enable metrics-server"; }

chart_options "$@"
for flag in "${REST[@]}"; do
  case "$flag" in
    -k) insecure=(--set 'args={--kubelet-insecure-tls}') ;;
    *) bad_flag "$flag" ;;
  esac
done
install_chart metrics-server https://kubernetes-sigs.github.io/metrics-server metrics-server "${insecure[@]}"
