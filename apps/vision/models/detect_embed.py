"""A detector and an embedder in one engine: detections get an embedding.

The outputs of the detector arrive on a thread of OpenVINO. Each picture then goes to the single
thread of this engine, which crops the detections and starts the embedder; no other thread starts
it. Only the best `MAX_EMBEDDINGS` detections of a picture get an embedding, and only if their box
is large enough.
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
from apps.vision.image import Picture, crop
from apps.vision.models.engine import (
    Done,
    Engine,
    EngineInfo,
    Outputs,
    PreparedPicture,
    wait_for_outputs,
)

__all__ = ["MAX_EMBEDDINGS", "DetectEmbedEngine"]

log = logging.getLogger(__name__)

#: Maximum number of embeddings per picture, best detections first: limits the time.
MAX_EMBEDDINGS = 32
#: Minimum side of a crop, pixels of the decoded picture.
_MIN_CROP_SIDE = 8


class DetectEmbedEngine:
    """Runs a detector, then an embedder on each detection."""

    def __init__(self, detector: Engine, embedder: Engine) -> None:
        self._detector = detector
        self._embedder = embedder
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="embed")
        found, seen = detector.info, embedder.info
        # crops come from the decoded picture: a larger size than the detector needs keeps detail
        self.info: EngineInfo = replace(
            found, model=f"{found.model}+{seen.model}", width=found.width * 3 // 2,
            height=found.height * 3 // 2, inside=True,
        )  # fmt: skip

    def prepare(self, picture: Picture) -> PreparedPicture:
        """Resize a picture for the detector; may be called from several threads at once."""
        return self._detector.prepare(picture)

    def start(self, prepared: PreparedPicture, done: Done) -> None:
        """Start one picture; from one thread only; waits for a free slot."""

        def detected(answer: Outputs | Exception) -> None:
            if isinstance(answer, Exception):
                done(answer)
            else:
                self._thread.submit(self._embed, answer, prepared, done)

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
            ModelError: inference failed on the device.
        """
        prepared = self.prepare(picture)
        return self.parse(wait_for_outputs(lambda done: self.start(prepared, done)), prepared)

    def warm_up(self) -> None:
        """Run both models once on an empty picture."""
        self._detector.warm_up()
        self._embedder.warm_up()

    def close(self) -> None:
        """Wait for running pictures and release resources."""
        self._detector.close()
        self._thread.shutdown()
        self._embedder.close()

    def _embed(self, outputs: Outputs, prepared: PreparedPicture, done: Done) -> None:
        try:
            found = self._detector.parse(outputs, prepared)[:MAX_EMBEDDINGS]
            vectors = _Vectors(outputs, len(found), done)
            for place, detection in enumerate(found):
                pixels = crop(prepared.picture.pixels, detection.box)
                if min(pixels.shape[:2]) < _MIN_CROP_SIDE:
                    vectors.set(place, ())
                    continue
                crop_input = self._embedder.prepare(Picture.of(pixels))
                self._embedder.start(crop_input, vectors.setter(place, self._embedder, crop_input))
        except Exception as error:  # outermost handler of this thread: the picture must be answered
            log.exception("embedding failed")
            done(error)


class _Vectors:
    """Collects the embeddings of one picture and calls `done` when all have arrived."""

    def __init__(self, outputs: Outputs, count: int, done: Done) -> None:
        self._outputs = outputs
        self._vectors: list[tuple[float, ...]] = [()] * count
        self._missing = count
        self._failure: Exception | None = None
        self._lock = threading.Lock()
        self._done = done
        if count == 0:
            done((*outputs, np.zeros((0, 0), np.float32)))

    def setter(self, place: int, embedder: Engine, crop_input: PreparedPicture) -> Done:
        """The callback for the embedder's outputs of one detection."""

        def take(answer: Outputs | Exception) -> None:
            if isinstance(answer, Exception):
                self.set(place, (), answer)
            else:
                self.set(place, embedder.parse(answer, crop_input)[0].embedding or ())

        return take

    def set(self, place: int, vector: tuple[float, ...], failure: Exception | None = None) -> None:
        """Store the vector of one detection; the last one completes the picture."""
        with self._lock:
            self._vectors[place] = vector
            self._failure = self._failure or failure
            self._missing -= 1
            last = self._missing == 0
        if last:
            self._done(self._failure or (*self._outputs, self._matrix()))

    def _matrix(self) -> npt.NDArray[np.float32]:
        """Embeddings, float32 [N, D]; rows without a vector are zero."""
        width = max(len(vector) for vector in self._vectors)
        matrix = np.zeros((len(self._vectors), width), np.float32)
        for row, vector in zip(matrix, self._vectors, strict=True):
            row[: len(vector)] = vector
        return matrix
