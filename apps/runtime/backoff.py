"""Exponential back-off with jitter, so that many clients do not retry at the same moment."""

from __future__ import annotations

import random
from collections.abc import Iterator

__all__ = ["delays"]


def delays(
    first: float = 0.2, longest: float = 5.0, *, rng: random.Random | None = None
) -> Iterator[float]:
    """Seconds to wait before each retry: they double up to `longest`, with random jitter.

    Each delay is 50 % to 100 % of its nominal value. The lower bound prevents a busy loop.

    Args:
        first: nominal length of the first delay, seconds.
        longest: upper bound of the nominal length, seconds.
        rng: source of randomness, for tests.
    """
    draw = rng or random.Random()  # noqa: S311 - spreads load, protects nothing
    delay = first
    while True:
        yield delay * draw.uniform(0.5, 1.0)
        delay = min(delay * 2, longest)
