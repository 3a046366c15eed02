"""The scenes by name, and how to build them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

from apps.scenes.places.crossing import crossing
from apps.scenes.places.shop import shop
from apps.scenes.places.square import square
from apps.scenes.places.street import street
from apps.scenes.scene import Scene
from apps.scenes.settings import SceneSettings, scene_settings
from apps.scenes.spec import SyntheticSpec
from apps.scenes.world.place import Place
from apps.scenes.world.world import World

__all__ = ["PLANS", "SCENES", "ScenePlan", "build", "open_scene"]


@dataclass(frozen=True)
class ScenePlan:
    """A scene that can be built.

    Attributes:
        text: description for users.
        place: makes the place from a seed.
        usual: default settings.
    """

    text: str
    place: Callable[[int], Place]
    usual: SceneSettings


def _plan(text: str, place: Callable[[int], Place], name: str, *numbers: int) -> ScenePlan:
    people, vehicles, bikes = numbers
    usual = SceneSettings(name, people=people, vehicles=vehicles, bikes=bikes)
    return ScenePlan(text, place, usual)


PLANS: Mapping[str, ScenePlan] = {
    "street": _plan("a street with shops, by day", street, "street", 12, 4, 2),
    "crossing": _plan("a crossing with traffic lights, from above", crossing, "crossing", 16, 8, 3),
    "shop": _plan("a shop from inside", shop, "shop", 9, 0, 0),
    "crowd": _plan("a square full of people", square, "crowd", 60, 0, 2),
    "empty": _plan("the same street without people and vehicles", street, "empty", 0, 0, 0),
    "night": _plan(
        "the same street at night, with lamps",
        partial(street, night=True),
        "night",
        10,
        4,
        1,
    ),
}


def build(settings: SceneSettings) -> Scene:
    """Build a scene from its settings."""
    place = PLANS[settings.name].place(settings.seed)
    world = World(
        place,
        seed=settings.seed,
        people=settings.people,
        vehicles=settings.vehicles,
        bikes=settings.bikes,
        cones=settings.cones,
    )
    return Scene(
        settings.name,
        place,
        world,
        number=settings.camera,
        width=settings.width,
        height=settings.height,
        fps=settings.fps,
        seed=settings.seed,
    )


def open_scene(spec: SyntheticSpec) -> Scene:
    """Build the scene of a spec.

    Raises:
        SourceError: an option is unknown or out of its range.
    """
    return build(scene_settings(spec, PLANS[spec.scene].usual))


#: The function that builds each scene, by name.
SCENES: Mapping[str, Callable[[SyntheticSpec], Scene]] = dict.fromkeys(PLANS, open_scene)
