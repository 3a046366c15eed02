"""Every measurement, in the order of the report."""

from __future__ import annotations

from collections.abc import Sequence

from tools.bench.measurement import Measurement
from tools.bench.measurements.density import DENSITY
from tools.bench.measurements.floor import FLOOR
from tools.bench.measurements.gateway import GATEWAY
from tools.bench.measurements.redis import REDIS
from tools.bench.measurements.streams import STREAMS

__all__ = ["ALL"]

ALL: Sequence[Measurement] = (FLOOR, DENSITY, GATEWAY, STREAMS, REDIS)
