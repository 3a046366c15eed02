"""Decoded pictures in one file, mapped into memory and shared by the training processes."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

__all__ = ["PictureStore"]

Bytes = npt.NDArray[np.uint8]


class PictureStore:
    """Pictures, uint8 [height, width, 3] blue-green-red, by number.

    Decoding a JPEG takes longer than learning from a crop of it, and each picture is seen many
    times.

    Args:
        path: of the file that holds them; overwritten by `fill`.
    """

    def __init__(self, path: Path) -> None:
        index = np.load(path.with_suffix(".index.npy"))
        self._starts, self._shapes = index[:, 0], index[:, 1:]
        self._bytes = np.memmap(path, np.uint8, "r")

    def __len__(self) -> int:
        return len(self._starts)

    def __getitem__(self, number: int) -> Bytes:
        height, width = (int(size) for size in self._shapes[number])
        start = int(self._starts[number])
        return np.asarray(self._bytes[start : start + height * width * 3]).reshape(height, width, 3)

    @classmethod
    def fill(cls, path: Path, pictures: Sequence[Path], largest: int) -> PictureStore:
        """Decode pictures into the file.

        Args:
            path: of the file.
            pictures: their files.
            largest: longer side of what is kept, pixels.

        Raises:
            ValueError: a picture cannot be read.
        """
        rows, start = [], 0
        with path.open("wb") as file:
            for picture in pictures:
                pixels = cv2.imread(str(picture), cv2.IMREAD_COLOR)
                if pixels is None:
                    raise ValueError(f"{picture}: not a picture that can be read")
                scale = min(1.0, largest / max(pixels.shape[:2]))
                if scale < 1:
                    size = (round(pixels.shape[1] * scale), round(pixels.shape[0] * scale))
                    pixels = cv2.resize(pixels, size, interpolation=cv2.INTER_AREA)
                file.write(np.ascontiguousarray(pixels).tobytes())
                rows.append((start, *pixels.shape[:2]))
                start += pixels.size
        np.save(path.with_suffix(".index.npy"), np.array(rows, np.int64))
        return cls(path)
