"""Parses the address of a drawn scene: `street?people=12&size=1280x720&fps=15&seed=7`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import parse_qsl

from apps.runtime.errors import SourceError
from apps.vision.picture_size import parse_size

__all__ = ["SyntheticSpec", "parse_scene"]

_SCENE = re.compile(r"\w+([.-]+\w+)*")


@dataclass(frozen=True)
class SyntheticSpec:
    """A drawn scene.

    Attributes:
        scene: name of the scene.
        width: pixels.
        height: pixels.
        fps: frames per second.
        seed: of the random numbers that the scene draws.
        options: further options of the scene, as name and text.
    """

    scene: str = "pattern"
    width: int = 1280
    height: int = 720
    fps: float = 15.0
    seed: int = 0
    options: tuple[tuple[str, str], ...] = ()
    kind = "synthetic"

    @property
    def shown(self) -> str:
        """The address for display."""
        more = "".join(f"&{name}={text}" for name, text in self.options)
        return (
            f"synthetic:{self.scene}?size={self.width}x{self.height}&fps={self.fps:g}"
            f"&seed={self.seed}{more}"
        )

    @property
    def default_name(self) -> str:
        """Name of a stream that has no other name."""
        return f"synthetic-{self.scene}"


def parse_scene(text: str) -> SyntheticSpec:
    """Parse the address of a scene.

    Args:
        text: the scene, then its options after a question mark; without a scene `pattern`.

    Raises:
        SourceError: the name, size, rate or seed is malformed.
    """
    scene, _, query = text.partition("?")
    scene = scene or "pattern"
    if not _SCENE.fullmatch(scene):
        raise SourceError(f"{scene!r} is not the name of a scene: write synthetic:street")
    known = {"size": "1280x720", "fps": "15", "seed": "0"}
    options: list[tuple[str, str]] = []
    for name, value in parse_qsl(query, keep_blank_values=True):
        if name in known:
            known[name] = value
        else:
            options.append((name, value))
    width, height = parse_size(known["size"])
    fps = _number(known["fps"], "fps", 0.01, 1000)
    seed = int(_number(known["seed"], "seed", 0, 2**31))
    return SyntheticSpec(scene, width, height, fps, seed, tuple(options))


def _number(text: str, name: str, low: float, high: float) -> float:
    try:
        value = float(text)
    except ValueError:
        value = float("nan")
    if not low <= value <= high:
        raise SourceError(f"Invalid {name}={text!r}: write a number from {low:g} to {high:g}")
    return value
