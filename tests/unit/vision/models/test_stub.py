"""The stub takes a fixed time per picture in each slot."""

from __future__ import annotations

import threading
import time

import pytest

from apps.runtime.errors import ModelError
from apps.vision.image import Picture, Pixels
from apps.vision.models.engine import Engine, Outputs
from apps.vision.models.stub import StubEngine, StubSpec


@pytest.mark.parametrize(
    ("text", "spec"),
    [
        ("stub", StubSpec(1, 50)),
        ("stub:ms=20", StubSpec(1, 20)),
        ("stub:slots=2,ms=50", StubSpec(2, 50)),
        ("stub:ms=0.5,slots=4", StubSpec(4, 0.5)),
    ],
)
def test_a_stub_is_parsed(text: str, spec: StubSpec) -> None:
    assert StubSpec.parse(text) == spec


@pytest.mark.parametrize(
    "text",
    ["stubborn", "stub:slots=0", "stub:slots=1.5", "stub:ms=-1", "stub:ms=fast", "stub:sm=1",
     "stub:slots", "stub:ms=nan"],
)  # fmt: skip
def test_an_invalid_stub_is_refused(text: str) -> None:
    with pytest.raises(ModelError, match="slots=2,ms=50"):
        StubSpec.parse(text)


@pytest.fixture
def picture(grey: Pixels) -> Picture:
    return Picture.of(grey)


def test_a_stub_is_an_engine_that_needs_no_pixels(picture: Picture) -> None:
    engine: Engine = StubEngine(StubSpec(2, 0))
    assert (engine.info.slots, engine.info.needs_pixels) == (2, False)
    engine.warm_up()
    assert engine.infer(picture) == ()
    assert engine.parse((), engine.prepare(picture)) == ()
    engine.close()


def test_slots_run_in_parallel(picture: Picture) -> None:
    engine = StubEngine(StubSpec(slots=2, milliseconds=40))
    finished: list[Outputs | Exception] = []
    all_done = threading.Semaphore(0)

    def done(answer: Outputs | Exception) -> None:
        finished.append(answer)
        all_done.release()

    began = time.perf_counter()
    for _ in range(4):
        engine.start(engine.prepare(picture), done)
    for _ in range(4):
        all_done.acquire()
    elapsed = time.perf_counter() - began
    engine.close()

    assert finished == [()] * 4
    assert elapsed >= 0.08  # two rounds of two, never faster
