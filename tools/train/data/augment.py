"""Crops for training the detector: cut at random, of other sizes, colours, sharpness and noise."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from tools.train.data.coco_data import TrainingSample

__all__ = ["Crop", "cut", "mosaic", "spoil"]

Bytes = npt.NDArray[np.uint8]

#: Grey around pictures, as the deployed model's letterbox has it.
FILL = 114
#: Share of a box that must be in the crop to be learnt; less is ignored.
_LEAST_LEFT = 0.35
#: Boxes narrower or lower than this (pixels) are ignored: there is nothing to see.
_SMALLEST = 4.0


@dataclass
class Crop:
    """A piece of a picture.

    Attributes:
        pixels: uint8 [height, width, 3].
        boxes: float32 [N, 4], x_min, y_min, x_max, y_max, pixels of the crop.
        classes: int64 [N].
        ignored: bool [N].
    """

    pixels: Bytes
    boxes: npt.NDArray[np.float32]
    classes: npt.NDArray[np.int64]
    ignored: npt.NDArray[np.bool_]


def cut(
    picture: Bytes,
    sample: TrainingSample,
    size: tuple[int, int],
    scale: float,
    rng: np.random.Generator,
    interest: npt.NDArray[np.float64],
) -> Crop:
    """A crop at random, mirrored half of the time; around one of its things two times of three.

    Args:
        picture: uint8 [height, width, 3].
        sample: its boxes.
        size: width and height of the crop, pixels.
        scale: pixels of the crop for one of the picture.
        rng: of all chance.
        interest: by class, how often it is looked at, in proportion.
    """
    extent = np.array([picture.shape[1], picture.shape[0]], np.float32)
    boxes = sample.boxes * np.tile(extent, 2)
    aspect = np.exp(rng.normal(0, 0.08))
    scales = np.array([scale * aspect, scale / aspect], np.float32)
    window = np.array(size, np.float32) / scales
    origin = rng.uniform(np.minimum(0, extent - window), np.maximum(0, extent - window))
    good = np.flatnonzero(~sample.ignored)
    if len(good) and rng.random() < 0.67:
        chances = interest[sample.classes[good]]
        box = boxes[rng.choice(good, p=chances / chances.sum())]
        origin = (box[:2] + box[2:]) / 2 - rng.uniform(0.15, 0.85, 2) * window
        low, high = np.minimum(0, extent - window), np.maximum(0, extent - window)
        origin = np.clip(origin, low - 0.1 * window, high + 0.1 * window)
    affine = np.array(
        [[scales[0], 0, -origin[0] * scales[0]], [0, scales[1], -origin[1] * scales[1]]]
    )
    boxes = (boxes - np.tile(origin, 2)) * np.tile(scales, 2)
    if rng.random() < 0.5:
        affine[0] = [-scales[0], 0, size[0] - 1 + origin[0] * scales[0]]
        boxes = np.stack(
            (size[0] - boxes[:, 2], boxes[:, 1], size[0] - boxes[:, 0], boxes[:, 3]), 1
        )
    pixels = cv2.warpAffine(
        picture, affine, size, flags=cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR,
        borderValue=(FILL, FILL, FILL),
    )  # fmt: skip
    return _kept(Crop(pixels, boxes.astype(np.float32), sample.classes, sample.ignored), size)


def mosaic(crops: list[Crop], size: tuple[int, int], middle: tuple[int, int]) -> Crop:
    """Four crops side by side, of the sizes that `middle` divides `size` into."""
    canvas = np.empty((size[1], size[0], 3), np.uint8)
    boxes = []
    for number, crop in enumerate(crops):
        left, top = (middle[0] if number % 2 else 0), (middle[1] if number > 1 else 0)
        height, width = crop.pixels.shape[:2]
        canvas[top : top + height, left : left + width] = crop.pixels
        boxes.append(crop.boxes + np.array([left, top, left, top], np.float32))
    return Crop(
        canvas,
        np.concatenate(boxes),
        np.concatenate([crop.classes for crop in crops]),
        np.concatenate([crop.ignored for crop in crops]),
    )


def spoil(pixels: Bytes, rng: np.random.Generator, *, colours: bool = True) -> Bytes:
    """Another light, other colours, grey, blurred, noisy, compressed: each now and then.

    Args:
        pixels: uint8 [height, width, 3].
        rng: of all chance.
        colours: may change much; False where it is by them that things are told apart.
    """
    if rng.random() < 0.8:
        shift = 0.12 if colours else 0.05
        gains = rng.uniform(0.6, 1.4) * rng.uniform(1 - shift, 1 + shift, 3)
        offset = rng.uniform(-25, 25)
        steps = np.arange(256, dtype=np.float32)[:, None]
        gamma = np.exp(rng.normal(0, 0.2))
        table = 255 * (steps / 255) ** gamma * gains + offset
        pixels = cv2.LUT(pixels, np.clip(table, 0, 255).astype(np.uint8)[None])
    if colours and rng.random() < 0.12:
        pixels = cv2.cvtColor(cv2.cvtColor(pixels, cv2.COLOR_BGR2GRAY), cv2.COLOR_GRAY2BGR)
    elif rng.random() < (0.4 if colours else 0.2):
        grey = cv2.cvtColor(cv2.cvtColor(pixels, cv2.COLOR_BGR2GRAY), cv2.COLOR_GRAY2BGR)
        pixels = cv2.addWeighted(
            pixels,
            share := rng.uniform(0.3 if colours else 0.7, 1.6 if colours else 1.3),
            grey,
            1 - share,
            0,
        )
    if rng.random() < 0.2:
        pixels = cv2.GaussianBlur(pixels, (0, 0), rng.uniform(0.4, 1.2))
    if rng.random() < 0.25:
        noise = np.empty(pixels.shape, np.int8)
        cv2.randn(noise, 0, rng.uniform(2, 12))
        pixels = cv2.add(pixels, noise, dtype=cv2.CV_8U)
    if rng.random() < 0.25:
        quality = [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(25, 90))]
        pixels = cv2.imdecode(cv2.imencode(".jpg", pixels, quality)[1], cv2.IMREAD_COLOR)
    return pixels


def _kept(crop: Crop, size: tuple[int, int]) -> Crop:
    """Boxes cut off at the crop's edges; what is nearly outside or tiny is ignored."""
    limit = np.array([*size, *size], np.float32)
    boxes = np.clip(crop.boxes, 0, limit)
    sides, whole = boxes[:, 2:] - boxes[:, :2], crop.boxes[:, 2:] - crop.boxes[:, :2]
    inside = (sides > 1).all(1)
    left = sides.prod(1) / np.maximum(whole.prod(1), 1e-6)
    ignored = crop.ignored | (left < _LEAST_LEFT) | (sides.min(1) < _SMALLEST)
    return Crop(crop.pixels, boxes[inside], crop.classes[inside], ignored[inside])
