"""Jittered exponential back-off: one bad minute must not end in a stampede."""

from __future__ import annotations

import random
from collections.abc import Iterator

__all__ = ["delays"]


def delays(
    first: float = 0.2, longest: float = 5.0, *, rng: random.Random | None = None
) -> Iterator[float]:
    """Seconds to wait before each further try: doubling, capped, each between half and whole.

    Half of every delay is kept so that a lucky draw cannot turn into a busy loop.
    """
    draw = rng or random.Random()  # noqa: S311 - spreads load, protects nothing
    delay = first
    while True:
        yield delay * draw.uniform(0.5, 1.0)
        delay = min(delay * 2, longest)
