"""Input pictures: from a synthetic scene, a video or a folder."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import islice
from pathlib import Path

import av
import cv2
import numpy as np

from apps.runtime.errors import SettingsError
from apps.scenes.catalogue import PLANS, build
from apps.vision.image import Pixels, decode, encode_jpeg

__all__ = ["Frames"]

_QUALITY = 85
_COUNT = 24
#: ModelPictures of a video between two that are taken, so that they differ.
_STRIDE = 5
_SCENE = "street"
_SUFFIXES = frozenset({".jpg", ".jpeg", ".png"})


class Frames:
    """The same pictures at every size, encoded once as JPEG.

    Attributes:
        source: description for the report.
    """

    def __init__(self, path: Path | None = None) -> None:
        """Use a folder, a video, or a synthetic scene if `path` is None.

        Raises:
            SettingsError: The path does not exist.
        """
        if path is not None and not path.exists():
            raise SettingsError(f"--frames {path}: Not a folder of pictures or a video")
        self._path = path
        self._made: dict[tuple[int, int], list[bytes]] = {}
        self.source = str(path) if path else f"scene `{_SCENE}`, seed 7, JPEG {_QUALITY}"

    def jpegs(self, size: tuple[int, int]) -> list[bytes]:
        """The pictures at one size.

        Args:
            size: width and height, pixels.

        Raises:
            SettingsError: No file can be read.
        """
        if size not in self._made:
            self._made[size] = [encode_jpeg(pixels, _QUALITY) for pixels in self._pixels(size)]
        return self._made[size]

    def facts(self) -> dict[str, object]:
        """Source, and for each used size the number of pictures, mean bytes and checksum."""
        used: dict[str, object] = {"source": self.source}
        for (width, height), jpegs in self._made.items():
            used[f"{width}x{height}"] = {
                "pictures": len(jpegs),
                "mean_bytes": sum(map(len, jpegs)) // len(jpegs),
                "sha256": hashlib.sha256(b"".join(jpegs)).hexdigest(),
            }
        return used

    def _pixels(self, size: tuple[int, int]) -> Sequence[Pixels]:
        if self._path is None:
            return list(_drawn(size))
        found = _of_folder(self._path) if self._path.is_dir() else _of_video(self._path)
        taken = [_resized(pixels, size) for pixels in islice(found, _COUNT)]
        if not taken:
            raise SettingsError(f"--frames {self._path}: No pictures found")
        return taken


def _drawn(size: tuple[int, int]) -> Iterator[Pixels]:
    scene = build(replace(PLANS[_SCENE].usual, seed=7, width=size[0], height=size[1]))
    for number in range(_COUNT):
        yield scene.draw(number, number * _STRIDE / scene.fps)


def _of_folder(folder: Path) -> Iterator[Pixels]:
    for path in sorted(folder.iterdir()):
        if path.suffix.lower() in _SUFFIXES:
            yield decode(path.read_bytes()).pixels


def _of_video(path: Path) -> Iterator[Pixels]:
    try:
        with av.open(str(path)) as container:
            for frame in islice(container.decode(video=0), 0, None, _STRIDE):
                yield np.asarray(frame.to_ndarray(format="bgr24"), np.uint8)
    except av.error.FFmpegError as error:
        raise SettingsError(f"--frames {path}: {error}") from error


def _resized(pixels: Pixels, size: tuple[int, int]) -> Pixels:
    shrinks = pixels.shape[1] > size[0]
    way = cv2.INTER_AREA if shrinks else cv2.INTER_CUBIC
    return cv2.resize(pixels, size, interpolation=way)  # type: ignore[return-value]  # as in fit.py
