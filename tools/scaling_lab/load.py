"""Loads: frames per second offered to one task in each second, synthetic or recorded."""

from __future__ import annotations

import csv
import math
import random
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from apps.runtime.errors import SettingsError

__all__ = ["LOADS", "Load", "pulse", "ramp", "record", "steady", "step", "wave"]

HOUR = 3600


@dataclass(frozen=True, slots=True)
class Load:
    """A load.

    Attributes:
        name: one word.
        fps: frames per second in each second.
        expected: mean of a noisy load in each second; empty for a load without noise.
    """

    name: str
    fps: tuple[float, ...]
    expected: tuple[float, ...] = ()

    def noisy(self, seed: int) -> Load:
        """The same load from independent cameras: Poisson counts around the mean."""
        chance = random.Random(seed)  # noqa: S311 - simulation, not cryptography
        fps = tuple(max(0.0, round(chance.gauss(mean, math.sqrt(mean)))) for mean in self.fps)
        return Load(f"{self.name}-noisy", fps, expected=self.fps)


def _made(name: str, seconds: int, fps_at: Callable[[int], float]) -> Load:
    return Load(name, tuple(fps_at(second) for second in range(seconds)))


def steady(fps: float, *, seconds: int = HOUR) -> Load:
    """A constant load."""
    return _made(f"steady{fps:g}", seconds, lambda _: fps)


def step(low: float, high: float, *, seconds: int = HOUR) -> Load:
    """Low for a third of the time, high for a third, low for a third."""
    third = seconds // 3
    return _made("step", seconds, lambda at: high if third <= at < 2 * third else low)


def pulse(low: float, high: float, *, width: int = 15, period: int = 60,
          seconds: int = HOUR) -> Load:  # fmt: skip
    """High for `width` seconds of every `period`."""
    return _made("pulse", seconds, lambda at: high if at % period < width else low)


def wave(low: float, high: float, *, period: int = 600, seconds: int = HOUR) -> Load:
    """A cosine wave that starts at its minimum."""
    middle, swing = (low + high) / 2, (high - low) / 2
    return _made("wave", seconds, lambda at: middle - swing * math.cos(2 * math.pi * at / period))


def ramp(low: float, high: float, *, seconds: int = HOUR) -> Load:
    """Linear rise in the first half, linear fall in the second."""
    half = seconds / 2
    return _made("ramp", seconds, lambda at: low + (high - low) * (1 - abs(at - half) / half))


def record(path: Path, column: str) -> Load:
    """A recorded load: a column of a CSV file with one row per second.

    Raises:
        SettingsError: The file or column is missing, or a value is not a number.
    """
    try:
        with path.open(encoding="utf-8", newline="") as file:
            fps = tuple(float(row[column]) for row in csv.DictReader(file))
    except KeyError as error:
        raise SettingsError(f"{path} has no column {column}") from error
    except (OSError, ValueError) as error:
        raise SettingsError(f"{path}: {error}") from error
    if not fps:
        raise SettingsError(f"{path} has no rows")
    return Load(path.stem, fps)


#: The loads that policies are compared on: an hour each, at 18 frames/s a pod.
LOADS: tuple[Load, ...] = (
    steady(100),
    steady(400),
    step(20, 120),
    pulse(20, 100),
    wave(10, 200),
    ramp(10, 300),
)
