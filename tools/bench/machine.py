"""Description of the machine for the report, so that its numbers can be compared."""

from __future__ import annotations

import hashlib
import os
import platform
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path

from apps.local.redis_server import find_binary
from apps.runtime.cpu_quota import allowed_cores, quota
from apps.vision.models.catalogue import StoredModel, resolve
from tools.bench.context import BenchModel
from tools.bench.processes import output_of

__all__ = ["facts", "models"]

#: CPU features that determine the speed of integer and float multiplication.
_FEATURES = ("avx2", "avx512f", "avx512_vnni", "avx_vnni", "amx_int8", "amx_bf16", "asimd", "sve")
_PACKAGES = ("openvino", "opencv-python-headless", "numpy", "redis", "hiredis", "msgspec", "av",
             "uvicorn", "websockets")  # fmt: skip


def facts() -> dict[str, object]:
    """Processor, quota and versions."""
    described = _cpuinfo()
    flags = set(described.get("flags", described.get("Features", "")).split())
    return {
        "processor": described.get("model name", platform.machine()),
        "processors": os.cpu_count(),
        "features": [name for name in _FEATURES if name in flags],
        "allowed_cores": allowed_cores(),
        "quota": quota(),
        "load_before": os.getloadavg()[0],
        "kernel": platform.release(),
        "python": platform.python_version(),
        "redis_server": output_of(find_binary(), "--version").strip(),
        "packages": {name: version(name) for name in _PACKAGES},
        "revision": output_of("git", "describe", "--always", "--dirty").strip(),
    }


def models(subjects: Sequence[BenchModel], folders: Sequence[Path]) -> dict[str, object]:
    """Name, precision and checksum of each model's files.

    Raises:
        ModelError: A model is missing; the text says how to download it.
    """
    found: dict[str, object] = {}
    for subject in subjects:
        model = resolve(subject.task, folders, model=subject.model)
        if isinstance(model, StoredModel):
            sums = {path.name: _checksum(path) for path in model.paths}
            found[subject.label] = {
                "model": model.manifest.name, "precision": model.precision, "sha256": sums,
            }  # fmt: skip
        else:
            found[subject.label] = {"model": str(model)}
    return found


def _cpuinfo() -> dict[str, str]:
    described: dict[str, str] = {}
    for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
        key, _, value = line.partition(":")
        described.setdefault(key.strip(), value.strip())
    return described


def _checksum(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
