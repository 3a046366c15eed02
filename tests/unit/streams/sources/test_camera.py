"""Cameras, and the files that can replace them."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from apps.runtime.errors import SourceError
from apps.streams.capture.stop_signal import StopSignal
from apps.streams.sources.camera import CameraSource
from apps.vision.video.picture import JpegPicture, PictureForm
from tests.support.pictures import grey_jpeg

JPEGS = [grey_jpeg(64, 48 + 8 * n) for n in range(6)]


@pytest.fixture
def fifo(tmp_path: Path) -> Path:
    os.mkfifo(tmp_path / "video0")
    return tmp_path / "video0"


def in_thread(work: Callable[[], object]) -> threading.Thread:
    thread = threading.Thread(target=work)
    thread.start()
    return thread


def test_a_missing_camera_is_an_error() -> None:
    with pytest.raises(SourceError, match="no such camera"):
        next(CameraSource("/dev/video987").pictures(StopSignal()))


def test_a_file_of_jpegs_can_replace_a_camera_and_repeats(tmp_path: Path) -> None:
    (tmp_path / "video0").write_bytes(b"".join(JPEGS))
    pictures = CameraSource(str(tmp_path / "video0"), fps=1000).pictures(StopSignal())
    heights = [next(pictures).finish(PictureForm()).height for _ in range(12)]
    assert heights == [48, 56, 64, 72, 80, 88] * 2


def test_the_jpegs_of_a_fifo_are_unchanged_and_its_end_is_an_error(fifo: Path) -> None:
    pictures = CameraSource(str(fifo)).pictures(StopSignal())
    writer = in_thread(lambda: fifo.write_bytes(b"".join(JPEGS)))
    seen = [next(pictures) for _ in JPEGS]
    with pytest.raises(SourceError, match="unplugged"):
        next(pictures)
    writer.join()
    assert [raw.data for raw in seen if isinstance(raw, JpegPicture)] == JPEGS


def test_a_silent_camera_stops_on_request(fifo: Path) -> None:
    stop = StopSignal()
    pictures = CameraSource(str(fifo)).pictures(stop)
    stop.request()
    assert next(pictures, None) is None


def test_a_device_of_another_kind_is_refused_with_a_readable_error() -> None:
    with pytest.raises(SourceError, match="inappropriate ioctl"):
        next(CameraSource("/dev/null").pictures(StopSignal()))
