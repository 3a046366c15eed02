"""The text that asks for a scene: `street?people=12&size=1280x720&fps=15&seed=7`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import parse_qsl

from apps.runtime.errors import SourceError
from apps.vision.picture_size import parse_size

__all__ = ["SyntheticSpec", "parse_scene"]

_NAME = re.compile(r"[^\w.-]+")


@dataclass(frozen=True)
class SyntheticSpec:
    """A drawn scene.

    Attributes:
        scene: its name in the table of scenes.
        width: pixels.
        height: pixels.
        fps: pictures per second.
        seed: of whatever the scene draws by chance.
        options: what only this scene knows, as name and text.
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
        """For people."""
        more = "".join(f"&{name}={text}" for name, text in self.options)
        return (
            f"synthetic:{self.scene}?size={self.width}x{self.height}&fps={self.fps:g}"
            f"&seed={self.seed}{more}"
        )

    @property
    def default_name(self) -> str:
        """A stream name."""
        return "synthetic-" + (_NAME.sub("-", self.scene).strip("-.") or "stream")


def parse_scene(text: str) -> SyntheticSpec:
    """The scene that a text asks for.

    Args:
        text: the scene, then its options after a question mark.

    Raises:
        SourceError: a size, rate, or seed is malformed.
    """
    scene, _, query = text.partition("?")
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
    return SyntheticSpec(scene or "pattern", width, height, fps, seed, tuple(options))


def _number(text: str, name: str, low: float, high: float) -> float:
    try:
        value = float(text)
    except ValueError:
        value = float("nan")
    if not low <= value <= high:
        raise SourceError(f"{name}={text!r}: write a number from {low:g} to {high:g}")
    return value
