"""Target file for Prometheus' file_sd with the processes of the local system."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from apps.local.processes.fleet import Fleet

__all__ = ["write_targets"]


def write_targets(path: Path, services: Mapping[str, int], fleets: Mapping[str, Fleet]) -> None:
    """Write the targets, with the labels that they have in a cluster, if they changed.

    Args:
        path: path of the file, which is replaced atomically.
        services: metrics port by service name.
        fleets: fleet by task.
    """
    groups = [_group([port], f"ei-{name}") for name, port in sorted(services.items())]
    groups += [
        _group(fleet.ports, f"ei-infer-{task}-app") for task, fleet in sorted(fleets.items())
    ]
    text = json.dumps(groups, indent=1)
    if path.is_file() and path.read_text(encoding="utf-8") == text:
        return
    fresh = path.with_name(f".{path.name}.new")
    fresh.write_text(text, encoding="utf-8")
    fresh.replace(path)


def _group(ports: list[int], job: str) -> dict[str, object]:
    targets = [f"127.0.0.1:{port}" for port in ports]
    return {"targets": targets, "labels": {"job": job, "namespace": "local"}}
