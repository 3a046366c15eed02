"""Check of the preprocessing against common alternatives.

Channel order, scale and fit cannot be read from a file; with wrong values a model runs with lower
accuracy. The common variants are measured, and the best one is reported.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from itertools import product
from typing import NamedTuple

from apps.vision.models.manifest import ModelInput
from tools.validation.finding import CheckResult, good, note, problem
from tools.validation.probe import Probe

__all__ = ["check_preprocessing", "variants"]

Fields = Mapping[str, object]

#: Mean and deviation of ImageNet, red first, on a scale of 0..255.
_MEAN, _STD = (123.675, 116.28, 103.53), (58.395, 57.12, 57.375)
#: Gains from which another variant is a problem, and from which it is mentioned.
_SURELY, _PERHAPS = 0.05, 0.02
#: Accuracy below which no variant works.
_NOTHING = 0.05


class _Way(NamedTuple):
    """One variant of preprocessing."""

    name: str
    fields: Fields


def check_preprocessing(
    probe: Probe, measure: Callable[[Probe], float], unit: str
) -> Iterator[CheckResult]:
    """Measure the common variants.

    Args:
        probe: model with its manifest.
        measure: accuracy of a variant, 0..1.
        unit: name of that accuracy.
    """
    own = measure(probe)
    tried = [(way, measure(probe.varied(**way.fields))) for way in variants(probe.manifest.input)]
    best, reached = max(tried, key=lambda pair: pair[1])
    gain, found = reached - own, f"{unit} {reached:.2f} against {own:.2f}"
    if max(own, reached) < _NOTHING:
        yield problem(
            "preprocessing",
            f"{unit} is below {_NOTHING} for any channel order, scale and fit: check that this "
            "is the right file and that the pictures show its classes (--data)",
        )
    elif gain > _SURELY and gain > 0.15 * own:
        text = ", ".join(f"{key}: {_shown(value)}" for key, value in best.fields.items())
        yield problem("preprocessing", f"{best.name} fits better, {found}: write {{{text}}}")
    elif gain > _PERHAPS:
        yield note("preprocessing", f"{best.name} is slightly better here, {found}")
    else:
        yield good("preprocessing", f"best of {len(tried) + 1} variants, {unit} {own:.2f}")


def variants(own: ModelInput) -> list[_Way]:
    """All common variants except that of the manifest."""
    scales: dict[str, tuple[tuple[float, ...], tuple[float, ...]]] = {
        "0..255": ((0.0,) * 3, (1.0,) * 3),
        "0..1": ((0.0,) * 3, (255.0,) * 3),
        "-1..1": ((127.5,) * 3, (127.5,) * 3),
        "ImageNet's mean and deviation": (_MEAN, _STD),
    }
    ways = []
    for colour, (name, (mean, std)) in product(("bgr", "rgb"), scales.items()):
        order = slice(None, None, -1 if colour == "bgr" else 1)
        fields: Fields = {"colour": colour, "mean": mean[order], "std": std[order]}
        if any(getattr(own, key) != value for key, value in fields.items()):
            ways.append(_Way(f"{colour} on {name}", fields))
    other = "letterbox" if own.resize == "stretch" else "stretch"
    return [*ways, _Way(f"{other} instead of {own.resize}", {"resize": other})]


def _shown(value: object) -> str:
    return (
        f"[{', '.join(f'{part:g}' for part in value)}]" if isinstance(value, tuple) else str(value)
    )
