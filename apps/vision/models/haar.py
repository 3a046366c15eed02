"""Haar cascades of OpenCV: less accurate than any network here, but they ship with OpenCV.

They run on a machine without model files. A cascade is not thread-safe, so each thread of the
engine has its own.
"""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from apps.pipeline.messages import Detection
from apps.runtime.errors import ModelError
from apps.vision.image import Picture
from apps.vision.models.engine import Done, EngineInfo, Outputs, PreparedPicture
from apps.vision.models.families.candidates import Candidates, to_detections
from apps.vision.models.fit import letterbox

__all__ = ["CASCADES", "HaarCascade", "HaarEngine"]


@dataclass(frozen=True, slots=True)
class HaarCascade:
    """A cascade that ships with OpenCV.

    Attributes:
        name: model name.
        file: in OpenCV's data folder.
        label: of the detections.
        smallest: side of the smallest object, as a share of the picture's height, 0..1.
        neighbours: overlapping hits required for a detection; more reduces false detections.
        certain: level weight that corresponds to a score of about 0.9.
    """

    name: str
    file: str
    label: str
    smallest: float
    neighbours: int
    certain: float


CASCADES = {
    cascade.name: cascade
    for cascade in (
        HaarCascade(
            "haar-frontal-face", "haarcascade_frontalface_default.xml", "face", 0.06, 4, 5.0
        ),
        HaarCascade("haar-full-body", "haarcascade_fullbody.xml", "person", 0.2, 2, 2.0),
    )
}

#: Pictures are scaled to this size, pixels: a larger size takes longer and finds little more.
_WIDTH, _HEIGHT = 640, 360
#: Scale factor between two scans of a picture.
_STEP = 1.1


class HaarEngine:
    """Scans grey pictures with a cascade."""

    def __init__(self, cascade: HaarCascade, slots: int) -> None:
        self._cascade = cascade
        self._path = Path(cv2.__file__).parent / "data" / cascade.file
        self._names = {0: cascade.label}
        self._own = threading.local()
        self._classifier()  # fails at the start if the file is missing
        self._free = threading.Semaphore(slots)
        self._threads = ThreadPoolExecutor(slots, thread_name_prefix="haar")
        self.info = EngineInfo(
            model=cascade.name, precision="none", device="CPU", labels=(cascade.label,),
            slots=slots, width=_WIDTH, height=_HEIGHT, inside=True,
        )  # fmt: skip

    def prepare(self, picture: Picture) -> PreparedPicture:
        """Scale a picture; may be called from several threads at once."""
        return PreparedPicture(*letterbox(picture.pixels, _WIDTH, _HEIGHT, 0), picture)

    def start(self, prepared: PreparedPicture, done: Done) -> None:
        """Start one picture; waits for a free slot."""
        self._free.acquire()
        self._threads.submit(self._run, prepared, done)

    def parse(self, outputs: Outputs, prepared: PreparedPicture) -> tuple[Detection, ...]:
        """Detections in boxes of 0..1 of the original picture, best first."""
        boxes, weights = outputs
        scores = (1 / (1 + np.exp(-2.2 * weights / self._cascade.certain))).astype(np.float32)
        classes = np.zeros(len(boxes), np.intp)
        return to_detections(Candidates(boxes, scores, classes), prepared.placement, self._names)

    def infer(self, picture: Picture) -> tuple[Detection, ...]:
        """Scan one picture."""
        prepared = self.prepare(picture)
        return self.parse(self._scan(prepared), prepared)

    def warm_up(self) -> None:
        """Scan an empty picture."""
        self.infer(Picture.of(np.zeros((_HEIGHT, _WIDTH, 3), np.uint8)))

    def close(self) -> None:
        """Wait for running pictures."""
        self._threads.shutdown()

    def _run(self, prepared: PreparedPicture, done: Done) -> None:
        try:
            answer: Outputs | Exception = self._scan(prepared)
        except (cv2.error, ModelError) as error:
            answer = error
        self._free.release()
        done(answer)

    def _scan(self, prepared: PreparedPicture) -> Outputs:
        """Boxes, float32 [N, 4] in pixels of the scaled picture, and level weights, float32 [N]."""
        width, height = int(prepared.placement.width), int(prepared.placement.height)
        grey = cv2.cvtColor(prepared.tensor[0, :height, :width], cv2.COLOR_BGR2GRAY)
        side = max(16, round(height * self._cascade.smallest))
        # measured: with an equalised histogram it finds fewer faces and more false detections
        found, _, weights = self._classifier().detectMultiScale3(
            grey, _STEP, self._cascade.neighbours,
            minSize=(side // 2, side), outputRejectLevels=True,
        )  # fmt: skip
        sizes = np.asarray(found, np.float32).reshape(-1, 4)
        corners = np.concatenate([sizes[:, :2], sizes[:, :2] + sizes[:, 2:]], axis=1)
        return corners, np.asarray(weights, np.float32).reshape(-1)

    def _classifier(self) -> cv2.CascadeClassifier:
        classifier = getattr(self._own, "classifier", None)
        if classifier is None:
            classifier = self._own.classifier = cv2.CascadeClassifier(str(self._path))
            if classifier.empty():
                raise ModelError(f"{self._path}: missing or damaged; reinstall OpenCV")
        return classifier
