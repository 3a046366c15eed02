"""Drawn scenes, and the number in the test pattern."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apps.runtime.errors import SourceError
from apps.scenes.spec import SyntheticSpec
from apps.streams.capture.stop_signal import StopSignal
from apps.streams.source_spec import parse_source
from apps.streams.sources.synthetic import SCENES, NumberedPattern, SyntheticSource, read_sequence
from apps.vision.image import Pixels, decode, encode_jpeg
from apps.vision.video.picture import PictureForm


def spec(text: str) -> SyntheticSpec:
    found = parse_source(text)
    assert isinstance(found, SyntheticSpec)
    return found


SMALL = NumberedPattern(spec("synthetic:pattern?size=320x240"))


@settings(deadline=None, max_examples=40)
@given(st.integers(0, 2**32 - 1), st.integers(30, 100))
def test_the_number_can_be_read_after_jpeg_compression(sequence: int, quality: int) -> None:
    pixels = SMALL.draw(sequence, sequence / 15)
    assert read_sequence(decode(encode_jpeg(pixels, quality)).pixels) == sequence


@pytest.mark.parametrize("size", ["320x240", "640x360", "1280x720", "333x217"])
@pytest.mark.parametrize("scale", [1.0, 0.7, 0.5])
def test_the_number_can_be_read_after_scaling(size: str, scale: float) -> None:
    pixels = NumberedPattern(spec(f"synthetic:pattern?size={size}")).draw(0xDEADBEEF, 1.0)
    small = cv2.resize(pixels, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    again = decode(encode_jpeg(np.asarray(small, np.uint8), 75)).pixels
    assert read_sequence(again) == 0xDEADBEEF


def test_a_picture_without_a_number_gives_none() -> None:
    rng = np.random.default_rng(0)
    noise = rng.integers(0, 255, (240, 320, 3), np.uint8)
    assert read_sequence(noise) is None
    assert read_sequence(np.zeros((240, 320, 3), np.uint8)) is None


def test_a_damaged_number_gives_none() -> None:
    pixels = SMALL.draw(12345, 0.0)
    cells_left, cell = 5 * 320 // 21, 320 // 21
    pixels[-16:-8, cells_left : cells_left + cell] ^= 255
    assert read_sequence(pixels) is None


def test_the_pattern_moves() -> None:
    assert not np.array_equal(SMALL.draw(0, 0.0)[:200], SMALL.draw(1, 0.1)[:200])


def test_the_same_spec_draws_the_same_pictures() -> None:
    one, two = (NumberedPattern(spec("synthetic:pattern?seed=3")) for _ in range(2))
    assert np.array_equal(one.draw(9, 0.6), two.draw(9, 0.6))


def test_the_pictures_are_numbered_from_zero() -> None:
    source = SyntheticSource(spec("synthetic:pattern?size=320x240&fps=500"))
    pictures = source.pictures(StopSignal())
    jpegs = [next(pictures).finish(PictureForm()).jpeg for _ in range(5)]
    assert [read_sequence(decode(jpeg).pixels) for jpeg in jpegs] == [0, 1, 2, 3, 4]


def test_it_stops_on_request() -> None:
    stop = StopSignal()
    pictures = SyntheticSource(spec("synthetic:pattern?fps=0.01")).pictures(stop)
    next(pictures)
    stop.request()
    assert next(pictures, None) is None


@pytest.mark.parametrize("text", ["synthetic:nowhere", "synthetic:pattern?speed=3"])
def test_an_unknown_scene_or_option_is_refused(text: str) -> None:
    with pytest.raises(SourceError, match=r"Unknown scene|Unknown option"):
        SyntheticSource(spec(text)).check()


def test_slow_drawing_does_not_count_as_silence(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    stop, silent_on_purpose = StopSignal(), []

    class Watched(NumberedPattern):
        def draw(self, sequence: int, seconds: float) -> Pixels:
            silent_on_purpose.append(stop.silent_on_purpose)
            return super().draw(sequence, seconds)

    monkeypatch.setitem(SCENES, "watched", Watched)
    next(SyntheticSource(spec("synthetic:watched?size=64x48")).pictures(stop))
    assert silent_on_purpose == [True]
    assert not stop.silent_on_purpose
