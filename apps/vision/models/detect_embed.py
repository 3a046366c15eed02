"""A detector and an embedder in one engine: what is found also gets its appearance vector.

The detector's outputs arrive on a thread of OpenVINO. From there each picture goes to one thread of
this engine, which cuts the things out and starts the embedder on them; the embedder is only ever
started from that thread. Things beyond the best `MOST` of a picture, and boxes too small to say
anything, stay without a vector.
"""

from __future__ import annotations

import logging
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import msgspec
import numpy as np
import numpy.typing as npt

from apps.pipeline.messages import Detection
from apps.runtime.errors import ModelError
from apps.vision.image import Picture, crop
from apps.vision.models.engine import Done, Engine, EngineInfo, Outputs, PreparedPicture

__all__ = ["MOST", "DetectEmbedEngine"]

log = logging.getLogger(__name__)

#: Things of one picture that get a vector, best first: bounds the time of a crowded picture.
MOST = 32
#: Smallest side of a cut-out that is described, pixels of the decoded picture.
_SMALLEST = 8


class DetectEmbedEngine:
    """Runs a detector, then an embedder on each thing that it found."""

    def __init__(self, detector: Engine, embedder: Engine) -> None:
        self._detector = detector
        self._embedder = embedder
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="embed")
        found, seen = detector.info, embedder.info
        # cut-outs come from the decoded picture: some more than the detector needs keeps detail
        self.info: EngineInfo = replace(
            found, model=f"{found.model}+{seen.model}", width=found.width * 3 // 2,
            height=found.height * 3 // 2, inside=True,
        )  # fmt: skip

    def prepare(self, picture: Picture) -> PreparedPicture:
        """Resize a picture for the detector; may be called from several threads at once."""
        return self._detector.prepare(picture)

    def start(self, prepared: PreparedPicture, done: Done) -> None:
        """Start one picture; from one thread only; waits while all slots are taken."""

        def detected(answer: Outputs | Exception) -> None:
            if isinstance(answer, Exception):
                done(answer)
            else:
                self._thread.submit(self._describe, answer, prepared, done)

        self._detector.start(prepared, detected)

    def parse(self, outputs: Outputs, prepared: PreparedPicture) -> tuple[Detection, ...]:
        """Detections with embeddings, best first."""
        detections = self._detector.parse(outputs[:-1], prepared)
        vectors = outputs[-1].tolist()
        return tuple(
            msgspec.structs.replace(detection, embedding=tuple(vectors[place]))
            if place < len(vectors) and any(vectors[place])
            else detection
            for place, detection in enumerate(detections)
        )

    def infer(self, picture: Picture) -> tuple[Detection, ...]:
        """Prepare, run and parse one picture, and wait for it.

        Raises:
            ModelError: the device failed.
        """
        prepared = self.prepare(picture)
        answers: list[Outputs | Exception] = []
        answered = threading.Event()

        def done(answer: Outputs | Exception) -> None:
            answers.append(answer)
            answered.set()

        self.start(prepared, done)
        answered.wait()
        if isinstance(answers[0], Exception):
            raise ModelError(str(answers[0])) from answers[0]
        return self.parse(answers[0], prepared)

    def warm_up(self) -> None:
        """Run both once on an empty picture."""
        self._detector.warm_up()
        self._embedder.warm_up()

    def close(self) -> None:
        """Wait for what is in flight and let everything go."""
        self._detector.close()
        self._thread.shutdown()
        self._embedder.close()

    def _describe(self, outputs: Outputs, prepared: PreparedPicture, done: Done) -> None:
        try:
            found = self._detector.parse(outputs, prepared)[:MOST]
            vectors = _Vectors(outputs, len(found), done)
            for place, detection in enumerate(found):
                pixels = crop(prepared.picture.pixels, detection.box)
                if min(pixels.shape[:2]) < _SMALLEST:
                    vectors.set(place, ())
                    continue
                cutout = self._embedder.prepare(Picture.of(pixels))
                self._embedder.start(cutout, vectors.setter(place, self._embedder, cutout))
        except Exception as error:  # the boundary of this thread: the picture must not get lost
            log.exception("a picture could not be described")
            done(error)


class _Vectors:
    """Gathers the vectors of one picture as they come, and hands all of them over."""

    def __init__(self, outputs: Outputs, count: int, done: Done) -> None:
        self._outputs = outputs
        self._vectors: list[tuple[float, ...]] = [()] * count
        self._missing = count
        self._failure: Exception | None = None
        self._lock = threading.Lock()
        self._done = done
        if count == 0:
            done((*outputs, np.zeros((0, 0), np.float32)))

    def setter(self, place: int, embedder: Engine, cutout: PreparedPicture) -> Done:
        """What takes the embedder's answer for one thing."""

        def take(answer: Outputs | Exception) -> None:
            if isinstance(answer, Exception):
                self.set(place, (), answer)
            else:
                self.set(place, embedder.parse(answer, cutout)[0].embedding or ())

        return take

    def set(self, place: int, vector: tuple[float, ...], failure: Exception | None = None) -> None:
        """Keep one thing's vector; the last one sends the picture on its way."""
        with self._lock:
            self._vectors[place] = vector
            self._failure = self._failure or failure
            self._missing -= 1
            last = self._missing == 0
        if last:
            self._done(self._failure or (*self._outputs, self._matrix()))

    def _matrix(self) -> npt.NDArray[np.float32]:
        """Float32 [N, D]; rows of zeros where there is no vector."""
        width = max(len(vector) for vector in self._vectors)
        matrix = np.zeros((len(self._vectors), width), np.float32)
        for row, vector in zip(matrix, self._vectors, strict=True):
            row[: len(vector)] = vector
        return matrix
