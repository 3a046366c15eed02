"""Each detection gets its embedding, and every picture is answered."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from apps.pipeline.messages import Box, Detection
from apps.runtime.errors import ModelError
from apps.vision.image import Picture, Pixels
from apps.vision.models.detect_embed import MAX_EMBEDDINGS, DetectEmbedEngine
from apps.vision.models.engine import Done, EngineInfo, Outputs, PreparedPicture
from apps.vision.models.fit import InputPlacement


class FakeEngine:
    """Answers on a separate thread with the result of `answer`."""

    def __init__(self, model: str) -> None:
        self.info = EngineInfo(model, "FP32", "CPU", ("person",), 2, 100, 50)
        self._thread = ThreadPoolExecutor(1)
        self.starters: set[int] = set()
        self.failure: Exception | None = None
        self.closed = False

    def prepare(self, picture: Picture) -> PreparedPicture:
        return PreparedPicture(picture.pixels[np.newaxis], InputPlacement(0, 0, 1, 1), picture)

    def start(self, prepared: PreparedPicture, done: Done) -> None:
        self.starters.add(threading.get_ident())
        self._thread.submit(lambda: done(self.failure or self.answer(prepared)))

    def answer(self, _: PreparedPicture, /) -> Outputs:
        raise NotImplementedError

    def parse(self, outputs: Outputs, prepared: PreparedPicture) -> tuple[Detection, ...]:
        raise NotImplementedError

    def infer(self, picture: Picture) -> tuple[Detection, ...]:
        raise NotImplementedError

    def warm_up(self) -> None:
        pass

    def close(self) -> None:
        self._thread.shutdown()
        self.closed = True


class FakeDetector(FakeEngine):
    """Detects the given boxes."""

    def __init__(self, *boxes: Box) -> None:
        super().__init__("detector")
        self._boxes = boxes

    def answer(self, _: PreparedPicture, /) -> Outputs:
        return (np.array(self._boxes, np.float64),)

    def parse(
        self,
        outputs: Outputs,
        prepared: PreparedPicture,  # noqa: ARG002 - as an engine has it
    ) -> tuple[Detection, ...]:
        return tuple(
            Detection(label="person", score=1 - row / 1000, box=tuple(box))
            for row, box in enumerate(outputs[0].tolist())
        )


class FakeEmbedder(FakeEngine):
    """Returns the mean colour of a picture as its embedding."""

    def __init__(self) -> None:
        super().__init__("embedder")

    def answer(self, prepared: PreparedPicture, /) -> Outputs:
        return (prepared.picture.pixels.mean(axis=(0, 1)),)

    def parse(
        self,
        outputs: Outputs,
        prepared: PreparedPicture,  # noqa: ARG002 - as an engine has it
    ) -> tuple[Detection, ...]:
        whole = (0.0, 0.0, 1.0, 1.0)
        vector = tuple(outputs[0].tolist())
        return (Detection(label="person", score=1.0, box=whole, embedding=vector),)


def halves() -> Picture:
    """Left half of blue 10, right half of blue 200."""
    pixels = np.full((100, 200, 3), 5, np.uint8)
    pixels[:, :100, 0], pixels[:, 100:, 0] = 10, 200
    return Picture.of(pixels)


LEFT: Box = (0.0, 0.0, 0.5, 1.0)
RIGHT: Box = (0.5, 0.0, 1.0, 1.0)


def test_each_detection_gets_the_embedding_of_its_box() -> None:
    engine = DetectEmbedEngine(FakeDetector(RIGHT, LEFT), FakeEmbedder())
    right, left = engine.infer(halves())
    engine.close()
    assert (right.box, left.box) == (RIGHT, LEFT)
    assert right.embedding == pytest.approx([200, 5, 5])
    assert left.embedding == pytest.approx([10, 5, 5])


def test_a_picture_without_detections_is_answered() -> None:
    engine = DetectEmbedEngine(FakeDetector(), FakeEmbedder())
    assert engine.infer(halves()) == ()
    engine.close()


def test_a_small_detection_gets_no_embedding() -> None:
    tiny: Box = (0.0, 0.0, 0.01, 1.0)
    engine = DetectEmbedEngine(FakeDetector(tiny, LEFT), FakeEmbedder())
    first, second = engine.infer(halves())
    engine.close()
    assert first.embedding is None
    assert second.embedding == pytest.approx([10, 5, 5])


def test_only_the_best_detections_get_an_embedding() -> None:
    engine = DetectEmbedEngine(FakeDetector(*[LEFT] * (MAX_EMBEDDINGS + 3)), FakeEmbedder())
    found = engine.infer(halves())
    engine.close()
    assert [one.embedding is not None for one in found] == [True] * MAX_EMBEDDINGS + [False] * 3


def test_a_detector_failure_fails_the_picture() -> None:
    detector = FakeDetector(LEFT)
    detector.failure = RuntimeError("the device is gone")
    engine = DetectEmbedEngine(detector, FakeEmbedder())
    with pytest.raises(ModelError, match="the device is gone"):
        engine.infer(halves())
    engine.close()


def test_an_embedder_failure_fails_the_picture() -> None:
    embedder = FakeEmbedder()
    embedder.failure = RuntimeError("the device is gone")
    engine = DetectEmbedEngine(FakeDetector(LEFT, RIGHT), embedder)
    with pytest.raises(ModelError, match="the device is gone"):
        engine.infer(halves())
    engine.close()


def test_an_engine_exception_fails_the_picture_once(caplog: pytest.LogCaptureFixture) -> None:
    class Broken(FakeEmbedder):
        def prepare(self, picture: Picture) -> PreparedPicture:  # noqa: ARG002 - as an engine has it
            raise ValueError("broken")

    engine = DetectEmbedEngine(FakeDetector(LEFT), Broken())
    with pytest.raises(ModelError, match="broken"):
        engine.infer(halves())
    engine.close()
    assert "embedding failed" in caplog.text


def test_the_embedder_is_started_from_one_thread() -> None:
    embedder = FakeEmbedder()
    engine = DetectEmbedEngine(FakeDetector(LEFT, RIGHT), embedder)
    arrived = threading.Semaphore(0)
    prepared = engine.prepare(halves())
    for _ in range(20):
        engine.start(prepared, lambda _: arrived.release())
    for _ in range(20):
        arrived.acquire()
    engine.close()
    assert len(embedder.starters) == 1


def test_both_models_are_named_and_closed(grey: Pixels) -> None:
    detector, embedder = FakeDetector(), FakeEmbedder()
    engine = DetectEmbedEngine(detector, embedder)
    assert engine.info.model == "detector+embedder"
    assert (engine.info.width, engine.info.height, engine.info.inside) == (150, 75, True)
    assert engine.prepare(Picture.of(grey)).picture.pixels is grey
    engine.close()
    assert detector.closed
    assert embedder.closed
