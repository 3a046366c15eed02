"""Real videos and pictures with various difficulties."""

from __future__ import annotations

from pathlib import Path

import pytest

from apps.streams.capture.stop_signal import StopSignal
from apps.streams.sources.images import ImagesSource
from apps.streams.sources.video_file import VideoFileSource
from apps.vision.image import decode
from apps.vision.video.picture import JpegPicture, PictureForm

pytestmark = pytest.mark.data

VIDEOS = [
    ("core/car-detection.mp4", 377, (768, 432)),
    ("core/people-detection.264", 596, (768, 432)),
    # declares 467 pictures and shows 459, because of an edit list
    ("extra/person-bicycle-car-detection_recut.mp4", 459, (768, 432)),
    ("core/face-demographics-walking_preview.mp4", 0, (480, 270)),
]


@pytest.mark.parametrize(("name", "count", "size"), VIDEOS)
def test_every_picture_of_a_real_video_is_given_once(
    test_data: Path, name: str, count: int, size: tuple[int, int]
) -> None:
    path = test_data / "videos" / name
    if not path.is_file():
        pytest.skip(f"no video at {path}")
    shown = list(VideoFileSource(path, fps=1000, loop=False).pictures(StopSignal()))
    assert len(shown) == count or not count
    first, last = shown[0].finish(PictureForm()), shown[-1].finish(PictureForm())
    assert (first.width, first.height) == (last.width, last.height) == size
    assert decode(last.jpeg).pixels.std() > 5


def test_a_repeated_video_keeps_its_rate_across_the_end(test_data: Path) -> None:
    path = test_data / "videos" / "core" / "face-demographics-walking_preview.mp4"
    source = VideoFileSource(path)
    once = len(list(VideoFileSource(path, fps=1000, loop=False).pictures(StopSignal())))
    times = []
    for raw in source.pictures(StopSignal()):
        times.append(raw.captured_monotonic_us)
        if len(times) > once + 3:
            break
    fps = (len(times) - 1) * 1e6 / (times[-1] - times[0])
    assert 10 < fps < 30


def test_real_jpegs_stay_unchanged(test_data: Path) -> None:
    folder = test_data / "images" / "core" / "coco_open33"
    shown = list(ImagesSource(folder, fps=1000, loop=False).pictures(StopSignal()))
    files = sorted(folder.glob("*.jpg"))
    assert all(isinstance(raw, JpegPicture) for raw in shown)
    assert [raw.finish(PictureForm()).jpeg for raw in shown] == [f.read_bytes() for f in files]
