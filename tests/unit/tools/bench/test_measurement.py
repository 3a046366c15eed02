"""Figures: medians against targets, and samples that are compared round by round."""

from __future__ import annotations

import pytest

from tools.bench.context import interleaved
from tools.bench.measurement import Figure, Target, ratios


def test_a_figure_reaches_its_target_with_its_median() -> None:
    assert Figure("F", [1.0, 1.1, 9.0], target=Target(1.15)).reached
    assert not Figure("F", [1.0, 1.2, 1.3], target=Target(1.15)).reached
    assert Figure("fps", [0.8, 0.95, 0.9], target=Target.at_least(0.9)).reached
    assert Figure("F", [1.0]).reached is None


def test_ratios_compare_samples_of_the_same_round() -> None:
    assert ratios([2.0, 9.0], [1.0, 3.0]) == [2.0, 3.0]
    with pytest.raises(ValueError, match="argument"):
        ratios([1.0], [1.0, 2.0])


async def test_what_is_compared_is_measured_in_turns_and_each_round_begins_with_another() -> None:
    order: list[str] = []

    async def take(name: str) -> int:
        order.append(name)
        return len(order)

    samples = await interleaved(2, {"a": lambda: take("a"), "b": lambda: take("b")})
    assert order == ["a", "b", "b", "a"]
    assert samples == {"a": [1, 4], "b": [2, 3]}
