"""How a scene is asked for: `synthetic:street?people=12&vehicles=4&size=1280x720&fps=15&seed=7`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

from apps.runtime.errors import SourceError
from apps.scenes.spec import SyntheticSpec

__all__ = ["OPTIONS", "SceneSettings", "scene_settings"]

#: What only scenes of streets know: the meaning of each option and its largest value.
OPTIONS: Mapping[str, tuple[str, int]] = {
    "people": ("how many people walk about", 200),
    "vehicles": ("how many cars, vans and lorries drive", 40),
    "bikes": ("how many people ride a bicycle", 40),
    "cones": ("how many traffic cones stand about", 60),
    "camera": ("which of the cameras that look at the same world", 2),
}

_NUMBER = re.compile(r"[0-9]{1,4}")


@dataclass(frozen=True)
class SceneSettings:
    """One camera's view of one world.

    Attributes:
        name: of the scene.
        width: pixels.
        height: pixels.
        fps: pictures per second of the world's time.
        seed: of all chance.
        people: how many walk about.
        vehicles: how many drive.
        bikes: how many bicycles are ridden.
        cones: how many traffic cones stand about.
        camera: number of the camera.
    """

    name: str
    width: int = 1280
    height: int = 720
    fps: float = 15.0
    seed: int = 0
    people: int = 0
    vehicles: int = 0
    bikes: int = 0
    cones: int = 0
    camera: int = 0


def scene_settings(spec: SyntheticSpec, usual: SceneSettings) -> SceneSettings:
    """The settings that a source spec asks for.

    Args:
        spec: of the source.
        usual: numbers of the scene where the spec says nothing.

    Raises:
        SourceError: an option is unknown or out of its range.
    """
    counts = {name: getattr(usual, name) for name in OPTIONS}
    counts |= {name: _count(spec.scene, name, text) for name, text in spec.options}
    return replace(
        usual,
        width=spec.width,
        height=spec.height,
        fps=spec.fps,
        seed=spec.seed,
        people=counts["people"],
        vehicles=counts["vehicles"],
        bikes=counts["bikes"],
        cones=counts["cones"],
        camera=counts["camera"],
    )


def _count(scene: str, name: str, text: str) -> int:
    if name not in OPTIONS:
        raise SourceError(
            f"the scene {scene} has no setting {name!r}; it has size, fps, seed, "
            f"{', '.join(sorted(OPTIONS))}"
        )
    most = OPTIONS[name][1]
    if not _NUMBER.fullmatch(text) or int(text) > most:
        raise SourceError(f"{name}={text!r}: write a whole number from 0 to {most}")
    return int(text)
