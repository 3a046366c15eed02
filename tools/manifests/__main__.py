"""The command: `tools/gen-k8s-yaml.sh`."""

from tools.manifests.command import main

if __name__ == "__main__":
    raise SystemExit(main())
