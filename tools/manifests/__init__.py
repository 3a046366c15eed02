"""Generates the manifests of an installation from the files in `kubernetes/`."""
