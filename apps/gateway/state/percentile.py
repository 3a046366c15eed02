"""Percentiles of ages, from the histograms that workers report."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from apps.pipeline.messages import AGE_BUCKETS_MS

__all__ = ["merge", "percentile"]


def merge(histograms: Iterable[Sequence[int]]) -> list[int]:
    """The histograms of several workers as one; those of another shape are left out."""
    total = [0] * (len(AGE_BUCKETS_MS) + 1)
    for counts in histograms:
        if len(counts) == len(total):
            total = [mine + theirs for mine, theirs in zip(total, counts, strict=True)]
    return total


def percentile(counts: Sequence[int], share: float) -> float | None:
    """The age in milliseconds below which that share of the frames is; None without frames.

    Inside a bucket ages are taken as evenly spread; the open last bucket answers its lower bound.

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
