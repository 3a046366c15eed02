"""Names that mean the same are measured as one class."""

from __future__ import annotations

from pathlib import Path

import pytest

from apps.runtime.errors import ElasticError
from tools.evaluation.classes import Classes, load_classes


@pytest.mark.parametrize(
    ("name", "group"),
    [("car", "vehicle"), ("pedestrian", "person"), ("bicycle", "bike"), ("face", "face")],
)
def test_names_of_models_and_data_have_a_class(name: str, group: str) -> None:
    assert load_classes().of(name) == group


def test_without_a_table_a_name_means_itself() -> None:
    assert Classes().of("car") == "car"


def test_riders_of_mot_files_need_not_be_found() -> None:
    assert not load_classes().mot[2].counts
    assert load_classes().mot[1].counts


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("same: {a: [x], b: [x]}", "x is in two classes"),
        ("sane: {}", "unknown field"),
        ("same: [", "while parsing"),
    ],
)
def test_a_wrong_table_is_refused(tmp_path: Path, text: str, why: str) -> None:
    path = tmp_path / "classes.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ElasticError, match=why):
        load_classes(path)
