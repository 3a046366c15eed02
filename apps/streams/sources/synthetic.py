"""Drawn scenes: reproducible pictures without a camera.

The scene `pattern` shows a bar and a ball that move over colours. Two rows of black and white cells
along its lower edge encode the number of each picture; `read_sequence` decodes the number, also
after JPEG compression and scaling. The scenes with people and vehicles are in `apps/scenes`.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator, Mapping
from typing import Protocol, cast

import cv2
import numpy as np

from apps.runtime.errors import SourceError
from apps.runtime.monotonic import monotonic_us
from apps.scenes.catalogue import SCENES as DRAWN_SCENES
from apps.scenes.spec import SyntheticSpec
from apps.streams.capture.stop_signal import StopSignal
from apps.vision.image import Pixels
from apps.vision.video.pace import RecordingPace
from apps.vision.video.picture import PixelPicture, RawPicture

__all__ = ["SCENES", "NumberedPattern", "SyntheticSource", "read_sequence"]

#: Cells in two rows: black, white, 32 bits of the number (highest first), 8 bits of checksum.
_ROWS, _COLUMNS = 2, 21
#: Least difference between the black and the white cell of a valid mark, 0..255.
_LEAST_CONTRAST = 64


class PictureGenerator(Protocol):
    """Draws pictures; implemented by `NumberedPattern` and by `apps.scenes.scene.Scene`."""

    def draw(self, sequence: int, seconds: float) -> Pixels:
        """Picture `sequence`, at `seconds`: uint8 [height, width, 3], blue-green-red; read-only."""


class NumberedPattern:
    """A bar and a ball that move over colours, and the number of the picture."""

    def __init__(self, spec: SyntheticSpec) -> None:
        if spec.options:
            raise SourceError(
                f"Unknown option {spec.options[0][0]!r}: the scene pattern has size, fps and seed"
            )
        self._ground = _colours(spec.width, spec.height, spec.seed)

    def draw(self, sequence: int, seconds: float) -> Pixels:
        """See `PictureGenerator`."""
        pixels = self._ground.copy()
        height, width = pixels.shape[:2]
        bar = int(seconds * width / 4) % width
        pixels[:, bar : bar + max(2, width // 40)] = (255, 255, 255)
        phase = 2 * np.pi * seconds / 3
        centre = int(width * (0.5 + 0.4 * np.cos(phase))), int(height * (0.4 + 0.3 * np.sin(phase)))
        cv2.circle(pixels, centre, max(3, height // 12), (30, 60, 230), -1, cv2.LINE_AA)
        _write_sequence(pixels, sequence)
        return pixels


#: Every scene, by its name after `synthetic:`.
SCENES: Mapping[str, Callable[[SyntheticSpec], PictureGenerator]] = {
    "pattern": NumberedPattern,
    **DRAWN_SCENES,
}


class SyntheticSource:
    """A scene, drawn at its own frame rate."""

    live = False

    def __init__(self, spec: SyntheticSpec, *, fps: float = 0.0) -> None:
        self._spec = spec
        self._fps = fps or spec.fps

    def check(self) -> None:
        """See `Source`."""
        if self._spec.scene not in SCENES:
            raise SourceError(
                f"Unknown scene {self._spec.scene!r}: write one of {', '.join(sorted(SCENES))}"
            )
        SCENES[self._spec.scene](self._spec)

    def pictures(self, stop: StopSignal) -> Iterator[RawPicture]:
        """See `Source`."""
        with stop.working():  # the first picture takes long on a slow machine
            self.check()
            scene = SCENES[self._spec.scene](self._spec)
        interval = round(1e6 / self._fps)
        pace = RecordingPace()
        sequence = 0
        while True:
            with stop.working():
                pixels = scene.draw(sequence, sequence / self._fps)
            if stop.wait(pace.wait_us(interval, monotonic_us()) / 1e6):
                return
            yield PixelPicture(monotonic_us(), pixels)
            sequence += 1


def read_sequence(pixels: Pixels) -> int | None:
    """The number that a picture of `pattern` shows; None when there is none.

    Args:
        pixels: uint8 [height, width, 3] at any scale, at least 160 pixels wide.
    """
    grey = cv2.cvtColor(pixels, cv2.COLOR_BGR2GRAY)
    values = [
        float(grey[top:bottom, left:right].mean())
        for top, bottom, left, right in _cells(grey.shape[1], grey.shape[0], shrink=0.25)
    ]
    black, white = values[0], values[1]
    if white - black < _LEAST_CONTRAST:
        return None
    middle = (black + white) / 2
    bits = "".join("1" if value > middle else "0" for value in values[2:])
    sequence, check = int(bits[:32], 2), int(bits[32:], 2)
    return sequence if check == _check(sequence) else None


def _write_sequence(pixels: Pixels, sequence: int) -> None:
    number = sequence % 2**32
    bits = f"01{number:032b}{_check(number):08b}"
    cells = _cells(pixels.shape[1], pixels.shape[0], shrink=0.0)
    for bit, (top, bottom, left, right) in zip(bits, cells, strict=True):
        pixels[top:bottom, left:right] = 255 if bit == "1" else 0


def _check(number: int) -> int:
    return zlib.crc32(number.to_bytes(4, "big")) & 0xFF


def _cells(width: int, height: int, *, shrink: float) -> Iterator[tuple[int, int, int, int]]:
    """Top, bottom, left and right of each cell; `shrink` is cut off each side, 0..1 of the cell."""
    cell_width, cell_height = width / _COLUMNS, height / 24
    for row in range(_ROWS):
        for column in range(_COLUMNS):
            top = height - (_ROWS - row) * cell_height
            left = column * cell_width
            yield (
                max(0, round(top + shrink * cell_height)),
                round(top + (1 - shrink) * cell_height),
                round(left + shrink * cell_width),
                round(left + (1 - shrink) * cell_width),
            )


def _colours(width: int, height: int, seed: int) -> Pixels:
    hue = (np.linspace(0, 180, width, endpoint=False) + 37 * seed) % 180
    hsv = np.zeros((height, width, 3), np.uint8)
    hsv[..., 0] = hue.astype(np.uint8)[None, :]
    hsv[..., 1] = 120
    hsv[..., 2] = np.linspace(200, 80, height).astype(np.uint8)[:, None]
    return cast(Pixels, cv2.cvtColor(hsv, cv2.COLOR_HSV2BGR))
