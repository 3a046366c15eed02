"""OpenCV's HOG people detector, which ships with OpenCV: what a model should clearly beat."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import cv2
import numpy as np

from apps.pipeline.messages import Detection
from apps.vision.image import Picture
from apps.vision.models.engine import Done, EngineInfo, Outputs, PreparedPicture
from apps.vision.models.families.candidates import Candidates, suppress, to_detections
from apps.vision.models.fit import letterbox

__all__ = ["HOG", "HogEngine"]

HOG = "opencv-hog"

#: Pictures are scanned inside this size, larger ones made smaller and smaller ones larger: the
#: window is 64 pixels wide and 128 high, and what is smaller cannot be found.
_WIDTH, _HEIGHT = 960, 720
#: Share of the window on each side that is not the person: it was trained with a margin of 16.
_MARGIN = np.array((16 / 64, 16 / 128), np.float32)
#: Each scan looks for people this much larger than the one before; step of the window, pixels.
_SCALE, _STRIDE = 1.05, (8, 8)
#: IoU above which the weaker of two boxes goes.
_OVERLAP = 0.3


class HogEngine:
    """Scans pictures with the detector of Dalal and Triggs, as OpenCV trained it.

    Args:
        slots: pictures at once.
        least: weight of the support vector machine from which a window counts.
    """

    def __init__(self, slots: int, least: float) -> None:
        self._hog = cv2.HOGDescriptor()
        self._hog.setSVMDetector(
            np.asarray(cv2.HOGDescriptor.getDefaultPeopleDetector(), np.float32)
        )
        self._least = least
        self._free = threading.Semaphore(slots)
        self._threads = ThreadPoolExecutor(slots, thread_name_prefix="hog")
        self.info = EngineInfo(
            model=HOG, precision="none", device="CPU", labels=("person",), slots=slots,
            width=_WIDTH, height=_HEIGHT, inside=True,
        )  # fmt: skip

    def prepare(self, picture: Picture) -> PreparedPicture:
        """Fit a picture into the scanned size."""
        return PreparedPicture(*letterbox(picture.pixels, _WIDTH, _HEIGHT, 0), picture)

    def start(self, prepared: PreparedPicture, done: Done) -> None:
        """Start one picture; waits while all slots are taken."""
        self._free.acquire()
        self._threads.submit(self._run, prepared, done)

    def parse(self, outputs: Outputs, prepared: PreparedPicture) -> tuple[Detection, ...]:
        """Detections in 0..1 of the picture, best first; the score is the weight, squeezed."""
        boxes, weights = outputs
        scores = (1 / (1 + np.exp(-weights))).astype(np.float32)
        found = suppress(Candidates(boxes, scores, np.zeros(len(boxes), np.intp)), _OVERLAP)
        return to_detections(found, prepared.placement, {0: "person"})

    def infer(self, picture: Picture) -> tuple[Detection, ...]:
        """Scan one picture and wait for it."""
        prepared = self.prepare(picture)
        return self.parse(self._scan(prepared), prepared)

    def warm_up(self) -> None:
        """Scan an empty picture."""
        self.infer(Picture.of(np.zeros((_HEIGHT, _WIDTH, 3), np.uint8)))

    def close(self) -> None:
        """Wait for what is in flight."""
        self._threads.shutdown()

    def _run(self, prepared: PreparedPicture, done: Done) -> None:
        answer: Outputs | Exception
        try:
            answer = self._scan(prepared)
        except cv2.error as error:
            answer = error
        self._free.release()
        done(answer)

    def _scan(self, prepared: PreparedPicture) -> Outputs:
        """Float32 boxes [N, 4] in pixels of the scanned size, and weights [N]."""
        width, height = int(prepared.placement.width), int(prepared.placement.height)
        pixels = np.ascontiguousarray(prepared.tensor[0, :height, :width])
        # without OpenCV's grouping: suppression by score, as for every other detector here
        found, weights = self._hog.detectMultiScale(
            pixels, hitThreshold=self._least, winStride=_STRIDE, scale=_SCALE, groupThreshold=0
        )
        sizes = np.asarray(found, np.float32).reshape(-1, 4)
        starts, lengths = sizes[:, :2], sizes[:, 2:]
        margin = lengths * _MARGIN
        corners = np.concatenate([starts + margin, starts + lengths - margin], axis=1)
        return corners, np.asarray(weights, np.float32).reshape(-1)
