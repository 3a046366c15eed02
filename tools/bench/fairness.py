"""Fairness: max-min fair shares and Jain's index."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

__all__ = ["fair_shares", "jain"]


def fair_shares(offered: Mapping[str, float], capacity: float) -> dict[str, float]:
    """Max-min fair division: no share exceeds its demand, the remainder is divided equally.

    >>> fair_shares({"a": 2, "b": 10, "c": 10}, 12)
    {'a': 2.0, 'b': 5.0, 'c': 5.0}
    """
    shares: dict[str, float] = {}
    left = capacity
    for place, (name, wanted) in enumerate(sorted(offered.items(), key=lambda item: item[1])):
        shares[name] = min(float(wanted), left / (len(offered) - place))
        left -= shares[name]
    return shares


def jain(shares: Sequence[float]) -> float:
    """Jain's fairness index: 1 for equal shares, 1/n if one receives everything.

    R. Jain, D. Chiu, W. Hawe, "A quantitative measure of fairness", DEC-TR-301, 1984.
    """
    squares = sum(share * share for share in shares)
    return sum(shares) ** 2 / (len(shares) * squares) if squares else 0.0
