"""Addresses of sources."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.runtime.errors import SourceError
from apps.scenes.spec import SyntheticSpec
from apps.streams.source_spec import (
    AddressSpec,
    CameraSpec,
    FileSpec,
    ImagesSpec,
    SourceSpec,
    parse_source,
)
from apps.vision.picture_size import parse_size


def nowhere(path: Path) -> bool:
    return path.name == "folder"


@pytest.mark.parametrize(
    ("text", "spec"),
    [
        ("camera:0", CameraSpec(0)),
        ("/dev/video12", CameraSpec(12)),
        ("rtsp://u:p@cam/live", AddressSpec("rtsp://u:p@cam/live")),
        ("  HTTPS://cam/v?x=1 ", AddressSpec("HTTPS://cam/v?x=1")),
        ("clip.mp4", FileSpec(Path("clip.mp4"))),
        ("/videos/a b.264", FileSpec(Path("/videos/a b.264"))),
        ("file:///videos/clip.mp4", FileSpec(Path("/videos/clip.mp4"))),
        ("file:clip.mp4", FileSpec(Path("clip.mp4"))),
        ("at 12:30.mp4", FileSpec(Path("at 12:30.mp4"))),
        ("folder", ImagesSpec(Path("folder"))),
        ("still.JPG", ImagesSpec(Path("still.JPG"))),
        ("synthetic:", SyntheticSpec()),
        (
            "synthetic:street?size=640x360&fps=7.5&seed=4&people=3",
            SyntheticSpec("street", 640, 360, 7.5, 4, (("people", "3"),)),
        ),
    ],
)
def test_every_kind_of_source_is_parsed(text: str, spec: SourceSpec) -> None:
    assert parse_source(text, nowhere) == spec


@pytest.mark.parametrize(
    ("text", "advice"),
    [
        ("", "The source is empty"),
        ("camera:front", "write camera:0"),
        ("ftp://host/clip", "Unsupported protocol ftp://"),
        ("rtsp://", "has no host"),
        ("rtsp://cam:port/live", "malformed"),
        ("rtsp://cam/li ve", "percent-encode"),
        ("synthetic:pattern?size=huge", "WIDTHxHEIGHT"),
        ("synthetic:pattern?fps=0", "a number from 0.01 to 1000"),
        ("synthetic:pattern?fps=nan", "a number"),
        ("file:", "name is missing"),
    ],
)
def test_malformed_sources_are_refused_with_advice(text: str, advice: str) -> None:
    with pytest.raises(SourceError, match=advice):
        parse_source(text, nowhere)


SECRET = "hunter2"


@pytest.mark.parametrize(
    "address",
    [
        f"rtsp://admin:{SECRET}@10.0.0.5/live",
        f"rtsp://admin:p@{SECRET}@10.0.0.5/live",
        f"http://cam/video.cgi?user=me&pwd={SECRET}",
        f"http://{SECRET}@cam:8080/",
    ],
)
def test_no_displayed_text_contains_a_secret(address: str) -> None:
    spec = parse_source(address)
    assert SECRET not in f"{spec.shown} {spec.default_name} {spec!r} {spec}"


def test_the_error_for_an_unencoded_password_does_not_repeat_it() -> None:
    with pytest.raises(SourceError, match="percent-encode") as complaint:
        parse_source(f"rtsp://admin:{SECRET}/x@10.0.0.5/live")
    assert SECRET not in str(complaint.value)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("camera:3", "camera-3"),
        ("rtsp://u:p@10.0.0.5:8554/ch/101", "10.0.0.5-8554-ch-101"),
        ("rtsp://cam/AbCdEf0123456789", "cam"),
        ("/videos/people walking.mp4", "people-walking"),
        ("folder", "folder"),
        ("synthetic:street", "synthetic-street"),
    ],
)
def test_a_source_has_a_default_name(text: str, name: str) -> None:
    assert parse_source(text, nowhere).default_name == name


def test_the_displayed_address_of_a_scene_gives_the_same_scene() -> None:
    spec = parse_source("synthetic:street?size=640x360&fps=7.5&seed=4&people=3")
    assert parse_source(spec.shown) == spec


@given(st.text(max_size=60))
def test_every_text_is_parsed_or_refused_with_a_source_error(text: str) -> None:
    try:
        spec = parse_source(text, nowhere)
    except SourceError:
        return
    assert spec.default_name
    assert spec.shown


def test_a_size_is_width_and_height() -> None:
    assert (parse_size("640X480"), parse_size("")) == ((640, 480), (0, 0))
