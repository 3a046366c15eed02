"""Kubernetes installations as `gen-k8s-yaml.sh` writes them, for tests."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import yaml

from tools.manifests import command as gen_k8s_yaml

__all__ = ["PROFILES", "Installation", "installation"]

#: Flags that together cover everything that the generator can write.
PROFILES: dict[str, tuple[str, ...]] = {
    "usual": ("--tasks", "face-int8,face-fp32,people,car-int8,car-fp32"),
    "keda": (
        "--autoscaler", "keda", "--expose", "ingress", "--host", "ei.example.org",
        "--tasks", "people,face",
    ),
    "zero": (
        "--autoscaler", "keda-zero", "--expose", "none", "--models-claim", "models",
        "--pull-secret", "registry",
    ),
    "cpu": ("--autoscaler", "hpa-cpu", "--tls", "-n", "default", "-g", "1.2"),
}  # fmt: skip


@dataclass(frozen=True)
class Installation:
    """The objects of one installation."""

    documents: tuple[dict[str, Any], ...]

    def of(self, kind: str) -> list[dict[str, Any]]:
        return [document for document in self.documents if document["kind"] == kind]

    def one(self, kind: str, name: str) -> dict[str, Any]:
        (found,) = [item for item in self.of(kind) if item["metadata"]["name"] == name]
        return found

    @property
    def containers(self) -> list[tuple[dict[str, Any], dict[str, Any]]]:
        """Every Deployment with its only container."""
        return [
            (deployment, container)
            for deployment in self.of("Deployment")
            for container in deployment["spec"]["template"]["spec"]["containers"]
        ]


@cache
def installation(profile: str) -> Installation:
    """The installation that the flags of a profile generate."""
    with TemporaryDirectory() as folder:
        flags = ["-r", "registry.example:5000/ei", "-o", folder, *PROFILES[profile]]
        assert gen_k8s_yaml.main(flags) == 0
        texts = [path.read_text() for path in sorted(Path(folder).glob("*.yaml"))]
    return Installation(tuple(item for text in texts for item in yaml.safe_load_all(text)))
