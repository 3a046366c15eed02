"""The options of scenes."""

from __future__ import annotations

import pytest

from apps.runtime.errors import SourceError
from apps.scenes.catalogue import PLANS, open_scene
from apps.scenes.settings import SceneSettings, scene_settings
from apps.scenes.spec import SyntheticSpec
from apps.streams.source_spec import parse_source
from apps.streams.sources.synthetic import SCENES, SyntheticSource

USUAL = SceneSettings("street", people=12, vehicles=4, bikes=2)


def spec(text: str) -> SyntheticSpec:
    found = parse_source(text)
    assert isinstance(found, SyntheticSpec)
    return found


def test_every_option_can_be_set() -> None:
    text = (
        "synthetic:street?people=5&vehicles=3&bikes=1&cones=4&camera=2&size=640x480&fps=30&seed=7"
    )
    assert scene_settings(spec(text), USUAL) == SceneSettings(
        "street", 640, 480, 30, 7, people=5, vehicles=3, bikes=1, cones=4, camera=2
    )


def test_omitted_options_have_their_usual_values() -> None:
    assert scene_settings(spec("synthetic:street?people=0"), USUAL) == SceneSettings(
        "street", people=0, vehicles=4, bikes=2
    )


@pytest.mark.parametrize(
    "option",
    ["camera=3", "people=-1", "people=many", "people=201", "people=", "people=1e1", "cones=61"],
)
def test_a_wrong_number_is_refused_with_the_valid_range(option: str) -> None:
    with pytest.raises(SourceError, match="write a whole number from 0 to"):
        open_scene(spec(f"synthetic:street?{option}"))


def test_an_unknown_option_is_refused_with_the_known_ones() -> None:
    with pytest.raises(SourceError, match=r"Unknown option .persons.: .* has .*people"):
        open_scene(spec("synthetic:street?persons=3"))


def test_every_scene_can_be_a_source() -> None:
    assert PLANS.keys() <= SCENES.keys()
    for name in PLANS:
        SyntheticSource(spec(f"synthetic:{name}")).check()
