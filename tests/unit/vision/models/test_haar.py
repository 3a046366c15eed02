"""A cascade runs without model files."""

from __future__ import annotations

import threading

import numpy as np
import pytest

from apps.runtime.errors import ModelError
from apps.vision.image import Picture, Pixels
from apps.vision.models.engine import Engine, Outputs
from apps.vision.models.haar import CASCADES, HaarCascade, HaarEngine


@pytest.fixture(params=sorted(CASCADES))
def engine(request: pytest.FixtureRequest) -> Engine:
    return HaarEngine(CASCADES[request.param], slots=2)


def test_an_empty_picture_has_no_detections(engine: Engine, grey: Pixels) -> None:
    engine.warm_up()
    assert engine.infer(Picture.of(grey)) == ()
    engine.close()


def test_pictures_run_in_parallel(engine: Engine, grey: Pixels) -> None:
    prepared = engine.prepare(Picture.of(grey))
    answers: list[Outputs | Exception] = []
    arrived = threading.Semaphore(0)

    def done(answer: Outputs | Exception) -> None:
        answers.append(answer)
        arrived.release()

    for _ in range(5):
        engine.start(prepared, done)
    for _ in range(5):
        arrived.acquire()
    engine.close()

    assert [engine.parse(answer, prepared) for answer in answers if isinstance(answer, tuple)] == [
        () for _ in range(5)
    ]


def test_boxes_are_relative_to_the_picture_for_any_shape(engine: Engine) -> None:
    tall = engine.prepare(Picture.of(np.zeros((720, 320, 3), np.uint8)))
    outputs = (np.array([[40, 90, 120, 270]], np.float32), np.array([4.0], np.float32))
    (found,) = engine.parse(outputs, tall)
    assert found.box == pytest.approx((0.25, 0.25, 0.75, 0.75))
    assert found.label in {"face", "person"}
    assert 0.5 < found.score < 1


def test_a_missing_cascade_fails_at_the_start() -> None:
    with pytest.raises(ModelError, match="missing or damaged"):
        HaarEngine(HaarCascade("none", "none.xml", "none", 0.1, 3, 1.0), slots=1)
