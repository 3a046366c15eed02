"""Deployment of a trained detector: converts, quantises, measures, writes to `models/`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
import openvino as ov

from apps.vision.models.families.family import ModelSignature
from apps.vision.models.families.yolox import YoloxFamily
from apps.vision.models.fit import letterbox
from apps.vision.models.manifest import ModelInput, ModelManifest
from tools.train.card import detector_card
from tools.train.convert import convert, quantise
from tools.train.data.augment import FILL
from tools.train.data.coco_data import TrainingSample
from tools.train.detector.average_precision import DetectorScore, score_detections
from tools.train.detector.data import gather, kept_apart
from tools.train.detector.network import Deployed, DetectorNetwork, cells
from tools.train.loop import load_average
from tools.train.package import lay_down, manifest_of
from tools.train.settings import DetectorSettings

__all__ = ["deploy_detector"]

Tensor = npt.NDArray[np.float32]

#: Detections below this are not even measured.
_LOWEST = 0.02
#: PictureSet that show how large the network's numbers grow, and that accuracy is measured on.
_CALIBRATION, _VALIDATION = 128, 250


def deploy_detector(
    settings: DetectorSettings, checkpoint: Path, data: Path, cache: Path, models: Path
) -> ModelManifest:
    """Convert, quantise and measure a checkpoint, and write `<models>/<name>/`.

    Args:
        settings: of the detector.
        checkpoint: of its training.
        data: folder that the settings' paths are relative to.
        cache: as for `train_detector`.
        models: folder of models.
    """
    network = load_average(checkpoint, DetectorNetwork(len(settings.classes), settings.channels))
    exact = convert(Deployed(network), settings.width, settings.height)
    rng = np.random.default_rng(0)
    gathered = gather(settings, data, cache, decode=False)
    chosen = rng.choice(
        len(gathered.samples), _CALIBRATION, p=gathered.weights / gathered.weights.sum()
    )
    calibration = [_tensor(gathered.samples[number], settings) for number in chosen]
    validation = kept_apart(settings, data, cache)
    if len(validation) > _VALIDATION:
        validation = [
            validation[n] for n in rng.choice(len(validation), _VALIDATION, replace=False)
        ]
    integers = quantise(exact, calibration, validation or gathered.samples[:50], _mean(settings))
    scores = {"FP16": _measured(exact, settings, validation),
              "FP16-INT8": _measured(integers, settings, validation)}  # fmt: skip
    manifest = _manifest(settings, scores["FP16"].threshold)
    card = detector_card(settings, scores, len(validation))
    return lay_down(manifest, {"FP16": exact, "FP16-INT8": integers}, card, models / settings.name)


def _manifest(settings: DetectorSettings, threshold: float) -> ModelManifest:
    return manifest_of(
        settings.name,
        "yolox",
        tuple(settings.classes),
        ModelInput(settings.width, settings.height, resize="letterbox", fill=FILL),
        licence=settings.licence,
        origin=settings.origin,
        tasks=settings.tasks,
        threshold=threshold,
    )


def _mean(settings: DetectorSettings) -> Callable[..., float]:
    """Accuracy as quantisation asks for it."""

    def measure(run: Callable[[Tensor], Tensor], samples: Sequence[TrainingSample]) -> float:
        return _score(run, settings, samples).mean

    return measure


def _measured(
    model: ov.Model, settings: DetectorSettings, samples: Sequence[TrainingSample]
) -> DetectorScore:
    compiled = ov.Core().compile_model(model, "CPU", {"INFERENCE_PRECISION_HINT": "f32"})
    return _score(lambda tensor: np.asarray(compiled(tensor)[0]), settings, samples)


def _score(
    run: Callable[[Tensor], Tensor], settings: DetectorSettings, samples: Sequence[TrainingSample]
) -> DetectorScore:
    manifest = _manifest(settings, _LOWEST)
    shape = (1, len(cells(settings.width, settings.height)[0]), 5 + len(settings.classes))
    family = YoloxFamily(manifest, manifest.labels, ModelSignature((shape,)))
    answers = []
    for sample in samples:
        pixels = _pixels(sample)
        tensor, placement = letterbox(pixels, settings.width, settings.height, FILL)
        output = run(tensor.transpose(0, 3, 1, 2).astype(np.float32))
        answers.append(family.parse((output,), placement))
    return score_detections(samples, answers, list(settings.classes))


def _tensor(sample: TrainingSample, settings: DetectorSettings) -> Tensor:
    tensor, _ = letterbox(_pixels(sample), settings.width, settings.height, FILL)
    return tensor.transpose(0, 3, 1, 2).astype(np.float32)


def _pixels(sample: TrainingSample) -> npt.NDArray[np.uint8]:
    pixels = cv2.imread(str(sample.path), cv2.IMREAD_COLOR)
    if pixels is None:
        raise ValueError(f"{sample.path}: not a picture that can be read")
    return pixels.astype(np.uint8, copy=False)
