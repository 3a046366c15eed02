"""Where figures come from: the machine, its load, and the versions that made them."""

from __future__ import annotations

import os
import platform
from datetime import UTC, datetime
from pathlib import Path

import openvino as ov
from msgspec import Struct

from apps.runtime import cpu_quota

__all__ = ["Machine", "this_machine"]

#: What decides how fast integers and bfloat16 are.
_VECTORS = ("avx2", "avx512f", "avx512_vnni", "avx_vnni", "avx512_bf16", "amx_int8", "amx_bf16")


class Machine(Struct, frozen=True):
    """What was measured on.

    Attributes:
        processor: as it calls itself.
        vectors: instructions that inference profits from.
        cores: processor time that this process may use, in cores.
        load: processes that wanted to run when the measurement began, mean of a minute.
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
        """Whether others were at work, so that times are too long."""
        return self.load > 0.3 * self.cores


def this_machine() -> Machine:
    """This one, now."""
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
    """What Linux says of its first processor."""
    try:
        first = Path("/proc/cpuinfo").read_text(encoding="utf-8").split("\n\n")[0]
    except OSError:
        return {}
    pairs = (line.partition(":") for line in first.splitlines())
    return {name.strip(): value.strip() for name, _, value in pairs}
