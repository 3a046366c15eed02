"""Cut-out people: how they are cut, stored and read back."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np
import numpy.typing as npt

__all__ = [
    "CROP_HEIGHT", "CROP_MARGIN", "CROP_WIDTH", "SMALLEST", "People", "cut_out", "load_people",
    "store_people",
]  # fmt: skip

Bytes = npt.NDArray[np.uint8]

#: Pixels of a cut-out person, margin included.
CROP_WIDTH, CROP_HEIGHT = 80, 160
#: Share of its box that a cut-out has around it on each side, for training to shift it.
CROP_MARGIN = 0.125
#: Pixels: a lower person has no looks to learn.
SMALLEST = 40


class People(NamedTuple):
    """Cut-out people of one view.

    Attributes:
        identities: int32 [N].
        frames: int32 [N], number of the picture.
        visibilities: float32 [N], 0..1.
        crops: uint8 [N, CROP_HEIGHT, CROP_WIDTH, 3], blue-green-red.
    """

    identities: npt.NDArray[np.int32]
    frames: npt.NDArray[np.int32]
    visibilities: npt.NDArray[np.float32]
    crops: Bytes


def cut_out(pixels: Bytes, box: npt.NDArray[np.float64]) -> Bytes:
    """A box with its margin, uint8 [CROP_HEIGHT, CROP_WIDTH, 3]; the picture's edge goes on.

    Args:
        pixels: uint8 [height, width, 3].
        box: x_min, y_min, x_max, y_max, pixels.
    """
    size = box[2:] - box[:2]
    left, top = box[:2] - CROP_MARGIN * size
    scale = np.array([CROP_WIDTH, CROP_HEIGHT]) / ((1 + 2 * CROP_MARGIN) * size)
    affine = np.array([[scale[0], 0, -left * scale[0]], [0, scale[1], -top * scale[1]]])
    crop = cv2.warpAffine(
        pixels, affine, (CROP_WIDTH, CROP_HEIGHT), borderMode=cv2.BORDER_REPLICATE
    )
    return crop.astype(np.uint8, copy=False)


def store_people(path: Path, people: Sequence[tuple[int, int, float, Bytes]]) -> None:
    """Write identity, frame, visibility and cut-out of all people."""
    identities, frames, visibilities, crops = zip(*people, strict=True) if people else ((),) * 4
    np.savez(
        path,
        identities=np.array(identities, np.int32),
        frames=np.array(frames, np.int32),
        visibilities=np.array(visibilities, np.float32),
        crops=np.array(crops, np.uint8).reshape(-1, CROP_HEIGHT, CROP_WIDTH, 3),
    )


def load_people(path: Path) -> People:
    """Read what `store_people` has written."""
    with np.load(path) as content:
        return People(*(content[name] for name in People._fields))
