"""Video clips into training data: frames with boxes on which several larger models agree.

Larger detectors label the clips. An object that at least two of them detect is learnt, with the
mean of their boxes; an object that only one detects is ignored, because it may be an error.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
import numpy.typing as npt

from apps.pipeline.messages import Detection
from apps.scenes.arrays import Bytes
from apps.vision.image import Picture
from apps.vision.models.catalogue import resolve
from apps.vision.models.engine import Engine
from apps.vision.models.openvino_adapter import CompileOptions
from apps.vision.models.registry import load_engine
from tools.train.data.people import SMALLEST, cut_out, store_people
from tools.train.settings import Clips

__all__ = ["agreed", "label_clips"]

#: IoU from which two boxes of one class mean the same thing.
_SAME = 0.5
_JPEG_QUALITY = 94


@dataclass
class _Thing:
    """Detections of several models at one place."""

    label: str
    boxes: list[npt.NDArray[np.float64]]
    seen_by: set[int]

    @property
    def box(self) -> npt.NDArray[np.float64]:
        """The mean of their boxes."""
        return np.mean(self.boxes, axis=0)


def label_clips(
    wanted: Clips, classes: Mapping[str, Sequence[str]], data: Path, cache: Path
) -> list[Path]:
    """Label what is missing of some clips.

    Args:
        wanted: the clips and the models that label them.
        classes: by class, the models' words for it.
        data: folder that the settings' paths are relative to.
        cache: folder in which each clip gets its own.

    Returns:
        The COCO file of each clip.
    """
    paths = [cache / Path(clip).stem / "instances.json" for clip in wanted.files]
    todo = [
        (clip, path) for clip, path in zip(wanted.files, paths, strict=True) if not path.exists()
    ]
    if todo:
        models = [
            load_engine(resolve("", [data / "models"], model=name), CompileOptions(threads=2))
            for name in wanted.models
        ]
        for clip, path in todo:
            _label(data / clip, path, wanted, classes, models)
            print(f"labelled {clip}", flush=True)
    return paths


def agreed(
    answers: Sequence[Sequence[Detection]], classes: Mapping[str, Sequence[str]]
) -> list[tuple[str, npt.NDArray[np.float64], bool]]:
    """What models see together: class, box in 0..1, and whether at least two see it.

    Args:
        answers: of each model for one picture.
        classes: by class, the models' words for it.
    """
    words = {word: name for name, members in classes.items() for word in members}
    things: list[_Thing] = []
    for model, detections in enumerate(answers):
        for detection in detections:
            label = words.get(detection.label)
            if label is None:
                continue
            box = np.array(detection.box)
            thing = next(
                (t for t in things if t.label == label and _overlap(t.box, box) > _SAME), None
            )
            if thing is None:
                things.append(_Thing(label, [box], {model}))
            else:
                thing.boxes.append(box)
                thing.seen_by.add(model)
    return [(thing.label, thing.box, len(thing.seen_by) > 1) for thing in things]


def _label(
    clip: Path,
    path: Path,
    wanted: Clips,
    classes: Mapping[str, Sequence[str]],
    models: Sequence[Engine],
) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    names = list(classes)
    images: list[Any] = []
    annotations: list[Any] = []
    people = []
    for number, pixels in _frames(clip, wanted.every):
        height, width = pixels.shape[:2]
        picture = Picture.of(pixels)
        images.append(
            {"id": number, "file_name": f"{number:06d}.jpg", "width": width, "height": height}
        )
        cv2.imwrite(
            str(path.parent / f"{number:06d}.jpg"),
            pixels,
            [cv2.IMWRITE_JPEG_QUALITY, _JPEG_QUALITY],
        )
        for label, box, sure in agreed([model.infer(picture) for model in models], classes):
            pixel_box = box * (width, height, width, height)
            left, top, right, bottom = (round(float(value), 2) for value in pixel_box)
            annotations.append({
                "id": len(annotations) + 1, "image_id": number,
                "category_id": names.index(label) + 1,
                "bbox": [left, top, right - left, bottom - top],
                "area": (right - left) * (bottom - top), "iscrowd": int(not sure),
            })  # fmt: skip
            if label == "person" and sure and bottom - top >= SMALLEST:
                people.append((0, number, 1.0, cut_out(pixels, pixel_box)))
    categories = [{"id": place, "name": name} for place, name in enumerate(names, start=1)]
    store_people(path.parent / "people.npz", people)
    path.write_text(
        json.dumps({"images": images, "annotations": annotations, "categories": categories})
    )


def _frames(clip: Path, every: int) -> Iterator[tuple[int, Bytes]]:
    with av.open(str(clip)) as container:
        for number, frame in enumerate(container.decode(video=0)):
            if number % every == 0:
                yield number, frame.to_ndarray(format="bgr24")


def _overlap(one: npt.NDArray[np.float64], other: npt.NDArray[np.float64]) -> float:
    low, high = np.maximum(one[:2], other[:2]), np.minimum(one[2:], other[2:])
    common = float(np.prod(np.clip(high - low, 0, None)))
    areas = [float(np.prod(box[2:] - box[:2])) for box in (one, other)]
    return common / (sum(areas) - common + 1e-9)
