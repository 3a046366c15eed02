"""A training's settings are read whole, and wrong ones refused with the place."""

from __future__ import annotations

from pathlib import Path

import pytest

from tools.train.settings import DetectorSettings, EmbedderSettings, load_settings

OURS = Path(__file__).resolve().parents[4] / "tools" / "train"


def test_the_projects_own_settings_can_be_read() -> None:
    detector = load_settings(OURS / "street-detector.yaml", DetectorSettings)
    embedder = load_settings(OURS / "person-embedder.yaml", EmbedderSettings)
    assert list(detector.classes) == ["person", "vehicle", "bike"]
    assert detector.width % 32 == detector.height % 32 == 0
    assert embedder.name == "ei-person-embedder"


def test_no_picture_is_both_learnt_from_and_kept_apart() -> None:
    detector = load_settings(OURS / "street-detector.yaml", DetectorSettings)
    embedder = load_settings(OURS / "person-embedder.yaml", EmbedderSettings)
    apart = {number for pictures in detector.pictures for number in pictures.test}
    for pictures in (*detector.pictures, *embedder.pictures):
        assert pictures.train
        assert not apart & set(pictures.train)


def test_no_seed_is_both_learnt_from_and_measured_on() -> None:
    for settings in (
        load_settings(OURS / "street-detector.yaml", DetectorSettings),
        load_settings(OURS / "person-embedder.yaml", EmbedderSettings),
    ):
        learnt = {s.first_seed + n for s in settings.scenes for n in range(s.seeds)}
        measured = {s.first_seed + n for s in settings.validation for n in range(s.seeds)}
        assert measured
        assert not learnt & measured


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("name: a", "classes"),
        ("name: a\nclasses: {b: [c]}\nschedule: {steps: 1}\ncolour: red", "colour"),
        ("name: a\nclasses: {b: [c]}\nschedule: {steps: many}", "steps"),
        ("name: [", "mine.yaml"),
    ],
)
def test_wrong_settings_are_refused_in_one_line(tmp_path: Path, text: str, why: str) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ValueError, match=why) as caught:
        load_settings(path, DetectorSettings)
    assert "\n" not in str(caught.value)
