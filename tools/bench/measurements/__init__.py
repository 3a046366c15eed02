"""Every measurement, in the order of the report."""

from __future__ import annotations

from collections.abc import Sequence

from tools.bench.measurement import Measurement
from tools.bench.measurements.floor import FLOOR

__all__ = ["ALL"]

ALL: Sequence[Measurement] = (FLOOR,)
