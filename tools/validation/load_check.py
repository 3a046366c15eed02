"""Can OpenVINO run the file, and does its family read what comes out?"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from apps.runtime.errors import ModelError
from tools.validation.finding import CheckResult, good, problem
from tools.validation.probe import Probe, families_that_fit

__all__ = ["check_load"]


def check_load(probe: Probe) -> Iterator[CheckResult]:
    """Load it, and run it once on noise."""
    try:
        adapter = probe.adapter()
    except ModelError as error:
        yield problem("load", f"{error}")
        return
    outputs = adapter.infer(_noise(probe))
    shapes = ", ".join(str(list(shape)) for shape in adapter.signature.shapes)
    yield good("load", f"OpenVINO runs it on {adapter.device} in {adapter.precision}")
    try:
        probe.engine().close()
    except ModelError as error:
        fitting = families_that_fit(probe.manifest, adapter.signature)
        advice = f"write family: {' or '.join(fitting)}" if fitting else "write a family for it"
        known = "fits no other family with these labels" if not fitting else "would fit another"
        yield problem("outputs", f"{error}; it {known}: {advice}, or set the labels right")
        return
    if not all(np.isfinite(output).all() for output in outputs):
        yield problem(
            "outputs", "some numbers are not finite: the file or its conversion is broken"
        )
        return
    yield good("outputs", f"{shapes}: as the family {probe.manifest.family} reads them")


def _noise(probe: Probe) -> np.ndarray:
    size = (1, probe.manifest.input.height, probe.manifest.input.width, 3)
    return np.random.default_rng(1).integers(0, 256, size, np.uint8)
