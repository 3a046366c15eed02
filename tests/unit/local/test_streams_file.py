"""The streams file: its fields, and one-line errors with the place."""

from __future__ import annotations

from pathlib import Path

import pytest

from apps.local.streams_file import ListedStream, read_streams
from apps.runtime.errors import SettingsError


def test_a_source_is_enough(tmp_path: Path) -> None:
    path = tmp_path / "streams.yaml"
    path.write_text("streams:\n  - source: camera:0\n")
    assert read_streams(path) == (ListedStream(source="camera:0"),)


def test_an_empty_file_has_no_streams(tmp_path: Path) -> None:
    path = tmp_path / "streams.yaml"
    path.touch()
    assert read_streams(path) == ()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("streams:\n  - {source: a, colour: red}", "`colour`"),
        ("streams:\n  - {name: gate}", "`source`"),
        ("streams:\n  - {source: a, fps: fast}", "fps"),
        ("cameras: []", "`cameras`"),
        ("streams: [", "line 1"),
        ("\xff", ""),
    ],
)
def test_an_invalid_file_is_reported_in_one_line_with_its_name(
    tmp_path: Path, text: str, said: str
) -> None:
    path = tmp_path / "streams.yaml"
    path.write_text(text, encoding="latin-1")
    with pytest.raises(SettingsError) as refused:
        read_streams(path)
    assert str(refused.value).startswith(f"{path}: ")
    assert said in str(refused.value)
    assert "\n" not in str(refused.value)
