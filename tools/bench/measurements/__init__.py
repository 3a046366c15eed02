"""Every measurement, in the order of the report."""

from __future__ import annotations

from collections.abc import Sequence

from tools.bench.measurement import Measurement
from tools.bench.measurements.density import DENSITY
from tools.bench.measurements.division import DIVISION
from tools.bench.measurements.floor import FLOOR
from tools.bench.measurements.gateway import GATEWAY
from tools.bench.measurements.latency import LATENCY
from tools.bench.measurements.latency_browser import LATENCY_BROWSER
from tools.bench.measurements.old import OLD_WAY
from tools.bench.measurements.overhead import OVERHEAD
from tools.bench.measurements.redis import REDIS
from tools.bench.measurements.start import START
from tools.bench.measurements.streams import STREAMS
from tools.bench.measurements.throughput import THROUGHPUT

__all__ = ["ALL"]

ALL: Sequence[Measurement] = (
    FLOOR, OVERHEAD, THROUGHPUT, OLD_WAY, DIVISION, LATENCY, LATENCY_BROWSER, START, DENSITY,
    GATEWAY, STREAMS, REDIS,
)  # fmt: skip
