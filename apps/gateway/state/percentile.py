"""Percentiles of ages from workers' histograms."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from apps.pipeline.messages import AGE_BUCKETS_MS

__all__ = ["merge", "percentile"]


def merge(histograms: Iterable[Sequence[int]]) -> list[int]:
    """The sum of several workers' histograms; those of another shape are left out."""
    total = [0] * (len(AGE_BUCKETS_MS) + 1)
    for counts in histograms:
        if len(counts) == len(total):
            total = [sum(pair) for pair in zip(total, counts, strict=True)]
    return total


def percentile(counts: Sequence[int], share: float) -> float | None:
    """The age in milliseconds that this share of the frames does not exceed; None without frames.

    Ages are assumed to be evenly spread within a bucket; the open last bucket gives its lower
    bound.

    >>> percentile(merge([[0, 0, 10] + [0] * 24]), 0.5)
    12.5
    """
    wanted = share * sum(counts)
    if not wanted:
        return None
    below = 0.0
    for position, count in enumerate(counts):
        if count and below + count >= wanted:
            low = AGE_BUCKETS_MS[position - 1] if position else 0.0
            high = AGE_BUCKETS_MS[position] if position < len(AGE_BUCKETS_MS) else low
            return low + (high - low) * (wanted - below) / count
        below += count
    return AGE_BUCKETS_MS[-1]
