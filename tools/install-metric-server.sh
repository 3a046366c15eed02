#!/usr/bin/env bash
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/chart.sh"

NAMESPACE=kube-system VERSION=">=3.12.0 <4.0.0" insecure=()
CHART_FLAGS="[-k]" CHART_HELP="  -k       do not check the certificates of the nodes (clusters of one's own often have none)"
usage() { chart_usage "metrics-server, for gen-k8s-yaml.sh --autoscaler hpa-cpu and kubectl top. k3s brings its own;
minikube: minikube addons enable metrics-server."; }

chart_options "$@"
for flag in "${REST[@]}"; do
  case "$flag" in
    -k) insecure=(--set 'args={--kubelet-insecure-tls}') ;;
    *) bad_flag "$flag" ;;
  esac
done
install_chart metrics-server https://kubernetes-sigs.github.io/metrics-server metrics-server "${insecure[@]}"
