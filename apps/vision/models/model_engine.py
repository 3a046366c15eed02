"""The engine of one OpenVINO model whose outputs a family reads."""

from __future__ import annotations

import numpy as np

from apps.pipeline.messages import Detection
from apps.vision.image import Picture
from apps.vision.models.engine import Done, EngineInfo, Outputs, PreparedPicture
from apps.vision.models.families.family import Family
from apps.vision.models.fit import letterbox, stretch
from apps.vision.models.manifest import ModelManifest
from apps.vision.models.openvino_adapter import InferenceAdapter

__all__ = ["ModelEngine"]


class ModelEngine:
    """A compiled model and its family."""

    def __init__(
        self,
        manifest: ModelManifest,
        labels: tuple[str, ...],
        adapter: InferenceAdapter,
        family: Family,
    ) -> None:
        self._input = manifest.input
        self._adapter = adapter
        self._family = family
        self.info = EngineInfo(
            model=manifest.name,
            precision=adapter.precision,
            device=adapter.device,
            labels=labels,
            slots=adapter.slots,
            width=manifest.input.width,
            height=manifest.input.height,
            inside=manifest.input.resize == "letterbox",
        )

    def prepare(self, picture: Picture) -> PreparedPicture:
        """Resize a picture for the model; may be called from several threads at once."""
        wanted = self._input
        if wanted.resize == "letterbox":
            fitted = letterbox(picture.pixels, wanted.width, wanted.height, wanted.fill)
        else:
            fitted = stretch(picture.pixels, wanted.width, wanted.height)
        return PreparedPicture(*fitted, picture)

    def start(self, prepared: PreparedPicture, done: Done) -> None:
        """Start one picture; from one thread only; waits for a free slot."""
        self._adapter.start(prepared.tensor, done)

    def parse(self, outputs: Outputs, prepared: PreparedPicture) -> tuple[Detection, ...]:
        """Detections in boxes of 0..1 of the original picture, best first."""
        return self._family.parse(outputs, prepared.placement)

    def infer(self, picture: Picture) -> tuple[Detection, ...]:
        """Prepare, run and parse one picture, and wait for it.

        Raises:
            ModelError: inference failed on the device.
        """
        prepared = self.prepare(picture)
        return self.parse(self._adapter.infer(prepared.tensor), prepared)

    def warm_up(self) -> None:
        """Run once on an empty picture, so that the first real picture is not slow."""
        pixels = np.zeros((self._input.height, self._input.width, 3), np.uint8)
        self.infer(Picture.of(pixels))

    def close(self) -> None:
        """Wait for running pictures."""
        self._adapter.close()
