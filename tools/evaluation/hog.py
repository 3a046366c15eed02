"""OpenCV's HOG people detector, a baseline that every model should clearly exceed."""

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

#: Pictures are scaled to fit this size. The detection window is 64x128 pixels, so smaller people
#: cannot be found.
_WIDTH, _HEIGHT = 960, 720
#: Margin of the window around the person: the training data had 16 pixels.
_MARGIN = np.array((16 / 64, 16 / 128), np.float32)
#: Scale factor between scans; step of the window, pixels.
_SCALE, _STRIDE = 1.05, (8, 8)
#: IoU above which the box with the lower score is suppressed.
_OVERLAP = 0.3


class HogEngine:
    """Scans pictures with the detector of Dalal and Triggs, as trained by OpenCV.

    Args:
        slots: concurrent pictures.
        least: smallest weight of the support vector machine for a detection.
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
        """Scale a picture to the scanned size."""
        return PreparedPicture(*letterbox(picture.pixels, _WIDTH, _HEIGHT, 0), picture)

    def start(self, prepared: PreparedPicture, done: Done) -> None:
        """Start one picture; blocks while all slots are busy."""
        self._free.acquire()
        self._threads.submit(self._run, prepared, done)

    def parse(self, outputs: Outputs, prepared: PreparedPicture) -> tuple[Detection, ...]:
        """Detections in 0..1 of the picture, best first; the score is the sigmoid of the weight."""
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
        """Wait for pictures in flight."""
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
        # without OpenCV's grouping: suppression by score, as for the other detectors
        found, weights = self._hog.detectMultiScale(
            pixels, hitThreshold=self._least, winStride=_STRIDE, scale=_SCALE, groupThreshold=0
        )
        sizes = np.asarray(found, np.float32).reshape(-1, 4)
        starts, lengths = sizes[:, :2], sizes[:, 2:]
        margin = lengths * _MARGIN
        corners = np.concatenate([starts + margin, starts + lengths - margin], axis=1)
        return corners, np.asarray(weights, np.float32).reshape(-1)
