"""A folder of pictures, shown in order and repeated; JPEGs stay unchanged."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import cast

import cv2
import numpy as np

from apps.runtime.errors import ImageError, SourceError
from apps.runtime.monotonic import monotonic_us
from apps.streams.capture.stop_signal import StopSignal
from apps.streams.source_spec import PICTURE_SUFFIXES
from apps.vision.image import Pixels, decode
from apps.vision.video.pace import RecordingPace
from apps.vision.video.picture import DamagedPicture, JpegPicture, PixelPicture, RawPicture

__all__ = ["ImagesSource"]

#: Pictures per second by default.
_USUAL_FPS = 2.0
_LARGEST_BYTES = 64 << 20


class ImagesSource:
    """A folder of pictures, or one picture; each pass reads the folder again."""

    live = False

    def __init__(self, path: Path, *, fps: float = 0.0, loop: bool = True) -> None:
        self._path = path
        self._interval_us = round(1e6 / (fps or _USUAL_FPS))
        self._loop = loop

    def check(self) -> None:
        """See `Source`."""
        if not self._files():
            raise SourceError(
                f"{self._path}: the folder has no pictures; put .jpg or .png files there"
                if self._path.is_dir()
                else f"{self._path}: no such file or folder"
            )

    def pictures(self, stop: StopSignal) -> Iterator[RawPicture]:
        """See `Source`."""
        pace = RecordingPace()
        while True:
            self.check()
            for file in self._files():
                picture = _read(file)
                if stop.wait(pace.wait_us(self._interval_us, monotonic_us()) / 1e6):
                    return
                yield replace(picture, captured_monotonic_us=monotonic_us())
            if not self._loop:
                return

    def _files(self) -> list[Path]:
        if self._path.is_file():
            return [self._path]
        if not self._path.is_dir():
            return []
        return sorted(
            file
            for file in self._path.iterdir()
            if file.suffix.lower() in PICTURE_SUFFIXES and file.is_file()
        )


def _read(file: Path) -> JpegPicture | PixelPicture | DamagedPicture:
    try:
        if file.stat().st_size > _LARGEST_BYTES:
            return DamagedPicture(0, f"{file.name}: larger than {_LARGEST_BYTES >> 20} MiB")
        data = file.read_bytes()
    except OSError as error:
        return DamagedPicture(0, f"{file.name}: {error.strerror}")
    if data.startswith(b"\xff\xd8"):
        return JpegPicture(0, data)
    try:
        return PixelPicture(0, _pixels(data))
    except ImageError as error:
        return DamagedPicture(0, f"{file.name}: {error}")


def _pixels(data: bytes) -> Pixels:
    if data.startswith(b"\x89PNG"):
        return decode(data).pixels
    try:
        pixels = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
    except cv2.error as error:
        raise ImageError("undecodable", "the picture is damaged") from error
    if pixels is None:
        raise ImageError("undecodable", "the file is not a picture")
    return cast(Pixels, pixels)
