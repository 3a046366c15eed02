"""What every measurement is given: how long, on what, with what; and how things are compared."""

from __future__ import annotations

import sys
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from tools.bench.frames import Frames

__all__ = ["SIZES", "BenchModel", "Context", "interleaved", "rotated"]

T = TypeVar("T")

#: Sizes of pictures that cameras send, pixels.
SIZES = ((320, 240), (768, 432), (1280, 720), (1920, 1080))


@dataclass(frozen=True, slots=True)
class BenchModel:
    """A model that is measured.

    Attributes:
        label: for names of figures: INT8, FP32, or the model's name.
        task: that the worker serves.
        model: `<model>/<precision>`, or empty for the task's own.
    """

    label: str
    task: str
    model: str = ""


@dataclass(frozen=True, slots=True)
class Context:
    """How and on what everything is measured.

    Attributes:
        frames: the pictures.
        subjects: the models, the most important first.
        models: folders that hold model files.
        rounds: how often each thing is measured, interleaved with what it is compared with.
        seconds: of one sample.
        quick: leave out what takes long: other sizes, other models, long soaks.
        folder: for sockets and caches; removed afterwards; its path is short.
        cores: numbers of the processors that may be used, one or more.
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
        """Of pictures, pixels."""
        return SIZES[2:3] if self.quick else SIZES

    @property
    def worker_core(self) -> frozenset[int]:
        """The processor of what is measured."""
        return frozenset(self.cores[:1])

    @property
    def other_cores(self) -> frozenset[int]:
        """The processors of Redis, of the load, and of ourselves."""
        return frozenset(self.cores[1:] or self.cores)

    @staticmethod
    def say(text: str) -> None:
        """Tell whoever waits what is going on."""
        print(text, file=sys.stderr, flush=True)


def rotated(items: Sequence[T], number: int) -> list[T]:
    """The items in the order of that round.

    >>> rotated("abc", 4)
    ['b', 'c', 'a']
    """
    first = number % len(items)
    return [*items[first:], *items[:first]]


async def interleaved(
    rounds: int, subjects: Mapping[str, Callable[[], Awaitable[T]]]
) -> dict[str, list[T]]:
    """A sample of each in every round; each round begins with another, so that drift hits all.

    Args:
        rounds: samples of each.
        subjects: by name, what takes one sample.
    """
    names = list(subjects)
    samples: dict[str, list[T]] = {name: [] for name in names}
    for number in range(rounds):
        for name in rotated(names, number):
            samples[name].append(await subjects[name]())
    return samples
