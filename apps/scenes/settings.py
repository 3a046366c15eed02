"""Options of a scene: `synthetic:street?people=12&vehicles=4&size=1280x720&fps=15&seed=7`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

from apps.runtime.errors import SourceError
from apps.scenes.spec import SyntheticSpec

__all__ = ["OPTIONS", "SceneSettings", "scene_settings"]

#: Options of the street scenes: the meaning and the largest value of each.
OPTIONS: Mapping[str, tuple[str, int]] = {
    "people": ("number of people who walk", 200),
    "vehicles": ("number of cars, vans and lorries", 40),
    "bikes": ("number of people who ride a bicycle", 40),
    "cones": ("number of traffic cones", 60),
    "camera": ("number of the camera; all cameras show the same world", 2),
}

_NUMBER = re.compile(r"[0-9]{1,4}")


@dataclass(frozen=True)
class SceneSettings:
    """One camera's view of one world.

    Attributes:
        name: of the scene.
        width: pixels.
        height: pixels.
        fps: frames per second.
        seed: of all random numbers.
        people: number of people who walk.
        vehicles: number of vehicles.
        bikes: number of cyclists.
        cones: number of traffic cones.
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
    """Apply the options of a spec to the usual settings of its scene.

    Args:
        spec: of the scene.
        usual: values for options that the spec omits.

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
            f"Unknown option {name!r}: the scene {scene} has size, fps, seed, "
            f"{', '.join(sorted(OPTIONS))}"
        )
    most = OPTIONS[name][1]
    if not _NUMBER.fullmatch(text) or int(text) > most:
        raise SourceError(f"Invalid {name}={text!r}: write a whole number from 0 to {most}")
    return int(text)
