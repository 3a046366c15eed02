"""Provenance of figures: machine, load and versions."""

from __future__ import annotations

import os
import platform
from datetime import UTC, datetime
from pathlib import Path

import openvino as ov
from msgspec import Struct

from apps.runtime import cpu_quota

__all__ = ["Machine", "this_machine"]

#: CPU features that determine the speed of integers and bfloat16.
_VECTORS = ("avx2", "avx512f", "avx512_vnni", "avx_vnni", "avx512_bf16", "amx_int8", "amx_bf16")


class Machine(Struct, frozen=True):
    """The machine of a measurement.

    Attributes:
        processor: name of the processor.
        vectors: vector instructions.
        cores: CPU quota of this process, in cores.
        load: load average of one minute at the start.
        openvino: version.
        python: version.
        at: date and time, UTC.
    """

    processor: str
    vectors: tuple[str, ...]
    cores: float
    load: float
    openvino: str
    python: str
    at: str

    @property
    def busy(self) -> bool:
        """Whether other processes used the machine, so that times are too long."""
        return self.load > 0.3 * self.cores


def this_machine() -> Machine:
    """Describe this machine."""
    lines = _processor_lines()
    flags = set(lines.get("flags", lines.get("Features", "")).split())
    return Machine(
        processor=lines.get("model name", "") or platform.processor() or platform.machine(),
        vectors=tuple(name for name in _VECTORS if name in flags),
        cores=cpu_quota.allowed_cores(),
        load=round(os.getloadavg()[0], 2),
        openvino=ov.get_version().split("-")[0],
        python=platform.python_version(),
        at=datetime.now(UTC).strftime("%Y-%m-%d %H:%M"),
    )


def _processor_lines() -> dict[str, str]:
    """Fields of the first processor in /proc/cpuinfo."""
    try:
        first = Path("/proc/cpuinfo").read_text(encoding="utf-8").split("\n\n")[0]
    except OSError:
        return {}
    pairs = (line.partition(":") for line in first.splitlines())
    return {name.strip(): value.strip() for name, _, value in pairs}
