"""Surface textures: brightness of each point relative to the mean."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import cast

import cv2
import numpy as np

from apps.scenes.arrays import Floats

__all__ = ["Tile", "smooth_noise", "tile"]

_SIZE = 512


@dataclass(frozen=True)
class Tile:
    """A square texture that repeats without a seam.

    Attributes:
        shades: float32 [512, 512], factors around 1.
        metres: length of a side, metres.
        detail: size of its visible details, metres.
    """

    shades: Floats
    metres: float
    detail: float


def smooth_noise(size: int, grain: float, seed: int) -> Floats:
    """Noise that repeats without a seam: mean 0, standard deviation 1, float32 [size, size].

    Args:
        size: pixels of a side.
        grain: size of its structures, pixels.
        seed: of the random numbers.
    """
    white = np.random.default_rng(seed).standard_normal((size, size))
    frequency = np.fft.fftfreq(size)
    power = np.exp(-2 * (np.pi * grain) ** 2 * (frequency[:, None] ** 2 + frequency[None, :] ** 2))
    smooth = np.fft.ifft2(np.fft.fft2(white) * power).real
    return cast(Floats, (smooth / smooth.std()).astype(np.float32))


@cache
def tile(name: str) -> Tile | None:
    """The texture of that name; None for a smooth surface."""
    make = _TILES.get(name)
    return make() if make is not None else None


def _asphalt() -> Tile:
    shades = 1 + 0.05 * smooth_noise(_SIZE, 0.8, 1) + 0.035 * smooth_noise(_SIZE, 20, 2)
    return Tile(shades, 5.0, 0.05)


def _plaster() -> Tile:
    shades = 1 + 0.02 * smooth_noise(_SIZE, 1, 3) + 0.045 * smooth_noise(_SIZE, 50, 4)
    return Tile(shades, 6.0, 0.2)


def _grass() -> Tile:
    shades = 1 + 0.16 * smooth_noise(_SIZE, 1.2, 5) + 0.08 * smooth_noise(_SIZE, 25, 6)
    return Tile(shades, 5.0, 0.06)


def _slabs() -> Tile:
    return _grid(8, 8, joint=0.78, jitter=0.05, metres=4.0, seed=7)


def _tiles() -> Tile:
    return _grid(4, 4, joint=0.86, jitter=0.02, metres=2.4, seed=8)


def _bricks() -> Tile:
    return _grid(24, 8, joint=1.16, jitter=0.09, metres=1.9, seed=9, shifted=True)


def _wood() -> Tile:
    plain = _grid(20, 2, joint=0.75, jitter=0.08, metres=3.0, seed=10, shifted=True)
    fibres = cv2.resize(smooth_noise(_SIZE, 2, 11)[:, :64], (_SIZE, _SIZE))
    return Tile(plain.shades + 0.03 * fibres, plain.metres, plain.detail)


def _grid(
    rows: int,
    columns: int,
    *,
    joint: float,
    jitter: float,
    metres: float,
    seed: int,
    shifted: bool = False,
) -> Tile:
    rng = np.random.default_rng(seed)
    each = 1 + jitter * rng.standard_normal((rows, columns)).astype(np.float32)
    shades = np.empty((_SIZE, _SIZE), np.float32)
    edges = np.linspace(0, _SIZE, rows + 1).astype(int)
    width = _SIZE // columns
    for row in range(rows):
        line = np.repeat(each[row], width)
        for column in range(columns):
            line[column * width : column * width + max(2, width // 40)] = joint
        shift = width // 2 if shifted and row % 2 else 0
        shades[edges[row] : edges[row + 1]] = np.roll(line, shift)
        shades[edges[row] : edges[row] + 2] = joint
    shades += 0.03 * smooth_noise(_SIZE, 1, seed + 50)
    smooth = cast(Floats, cv2.GaussianBlur(shades, (3, 3), 0.6))
    return Tile(smooth, metres, metres / rows)


_TILES: dict[str, Callable[[], Tile]] = {
    "asphalt": _asphalt,
    "bricks": _bricks,
    "grass": _grass,
    "plaster": _plaster,
    "slabs": _slabs,
    "tiles": _tiles,
    "wood": _wood,
}
