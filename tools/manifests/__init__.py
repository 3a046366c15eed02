"""Makes the manifests of an installation out of `kubernetes/`: what `gen-k8s-yaml.sh` writes."""
