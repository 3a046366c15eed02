"""Parameters of all measurements, and the interleaving of samples."""

from __future__ import annotations

import sys
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from tools.bench.frames import Frames

__all__ = ["SIZES", "BenchModel", "Context", "interleaved", "rotated"]

T = TypeVar("T")

#: Sizes of camera pictures, pixels.
SIZES = ((320, 240), (768, 432), (1280, 720), (1920, 1080))


@dataclass(frozen=True, slots=True)
class BenchModel:
    """A model to measure.

    Attributes:
        label: label in figure names: INT8, FP32, or the model's name.
        task: task of the worker.
        model: `<model>/<precision>`; empty for the default of the task.
    """

    label: str
    task: str
    model: str = ""


@dataclass(frozen=True, slots=True)
class Context:
    """Parameters of all measurements.

    Attributes:
        frames: input pictures.
        subjects: models, the most important first.
        models: folders with model files.
        rounds: samples per figure, interleaved with those of the baseline.
        seconds: duration of a sample.
        quick: skip other sizes, other models and long runs.
        folder: temporary folder with a short path, for sockets and caches.
        cores: processor numbers, one or more.
    """

    frames: Frames
    subjects: Sequence[BenchModel]
    models: Sequence[Path]
    rounds: int
    seconds: float
    quick: bool
    folder: Path
    cores: Sequence[int]

    @property
    def sizes(self) -> Sequence[tuple[int, int]]:
        """Picture sizes to measure, pixels."""
        return SIZES[2:3] if self.quick else SIZES

    @property
    def worker_core(self) -> frozenset[int]:
        """Processor of the measured process."""
        return frozenset(self.cores[:1])

    @property
    def other_cores(self) -> frozenset[int]:
        """Processors of Redis, the load and this process."""
        return frozenset(self.cores[1:] or self.cores)

    @staticmethod
    def say(text: str) -> None:
        """Print progress to standard error."""
        print(text, file=sys.stderr, flush=True)


def rotated(items: Sequence[T], number: int) -> list[T]:
    """The items, rotated by the number of the round.

    >>> rotated("abc", 4)
    ['b', 'c', 'a']
    """
    first = number % len(items)
    return [*items[first:], *items[:first]]


async def interleaved(
    rounds: int, subjects: Mapping[str, Callable[[], Awaitable[T]]]
) -> dict[str, list[T]]:
    """Take one sample of each subject per round, in rotated order so that drift affects all.

    Args:
        rounds: samples per subject.
        subjects: function that takes a sample, by name.
    """
    names = list(subjects)
    samples: dict[str, list[T]] = {name: [] for name in names}
    for number in range(rounds):
        for name in rotated(names, number):
            samples[name].append(await subjects[name]())
    return samples
