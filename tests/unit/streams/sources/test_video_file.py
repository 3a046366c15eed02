"""Video files: every picture, at the speed of the video, repeated."""

from __future__ import annotations

from itertools import islice
from pathlib import Path

import pytest

from apps.runtime.errors import SourceError
from apps.streams.capture.stop_signal import StopSignal
from apps.streams.sources.video_file import VideoFileSource, interval_us
from apps.vision.image import decode
from apps.vision.video.picture import JpegPicture, PictureForm, RawPicture
from tests.support.fake_source import write_video

FAST = 1000.0


def brightness(raw: RawPicture) -> float:
    return float(decode(raw.finish(PictureForm()).jpeg).pixels.mean())


@pytest.mark.parametrize(
    ("name", "codec", "options"),
    [
        ("plain.mp4", "libx264", {"bf": "0"}),
        ("b-frames.mp4", "libx264", {"bf": "3", "g": "12"}),
        ("raw.264", "libx264", {"bf": "2"}),
        ("old.avi", "mpeg4", {}),
        ("jpegs.avi", "mjpeg", {}),
        ("film.mkv", "libx264", {"bf": "2"}),
    ],
)
def test_every_picture_comes_once_and_in_order(
    tmp_path: Path, name: str, codec: str, options: dict[str, str]
) -> None:
    write_video(tmp_path / name, count=30, codec=codec, options=options)
    source = VideoFileSource(tmp_path / name, fps=FAST, loop=False)
    seen = [brightness(raw) for raw in source.pictures(StopSignal())]
    assert len(seen) == 30
    assert seen == sorted(seen)


def test_jpegs_in_a_file_are_not_decoded(tmp_path: Path) -> None:
    write_video(tmp_path / "jpegs.avi", count=3, codec="mjpeg")
    source = VideoFileSource(tmp_path / "jpegs.avi", fps=FAST, loop=False)
    assert all(isinstance(raw, JpegPicture) for raw in source.pictures(StopSignal()))


def test_it_repeats(tmp_path: Path) -> None:
    write_video(tmp_path / "film.mp4", count=5)
    source = VideoFileSource(tmp_path / "film.mp4", fps=FAST)
    seen = [brightness(raw) for raw in islice(source.pictures(StopSignal()), 15)]
    assert seen[:5] == seen[5:10] == seen[10:]


def test_it_keeps_the_rate_of_the_video(tmp_path: Path) -> None:
    write_video(tmp_path / "film.mp4", count=11, fps=50)
    source = VideoFileSource(tmp_path / "film.mp4", loop=False)
    times = [raw.captured_monotonic_us for raw in source.pictures(StopSignal())]
    # never faster than the video; a slow machine may be slower
    assert times[-1] - times[0] >= 10 * 20_000 - 5_000


def test_a_lower_fps_drops_frames_at_the_same_speed(tmp_path: Path) -> None:
    write_video(tmp_path / "film.mp4", count=11, fps=50)
    source = VideoFileSource(tmp_path / "film.mp4", fps=25, loop=False)
    times = [raw.captured_monotonic_us for raw in source.pictures(StopSignal())]
    assert len(times) == 6
    assert times[-1] - times[0] >= 10 * 20_000 - 5_000


def test_a_higher_fps_plays_the_video_faster(tmp_path: Path) -> None:
    write_video(tmp_path / "film.mp4", count=11, fps=2)
    source = VideoFileSource(tmp_path / "film.mp4", fps=100, loop=False)
    times = [raw.captured_monotonic_us for raw in source.pictures(StopSignal())]
    assert len(times) == 11
    assert 10 * 10_000 - 5_000 <= times[-1] - times[0] < 5_000_000


@pytest.mark.parametrize(
    ("before", "now", "expected"),
    [
        (0.0, 0.08, 80_000),
        (1.0, 1.0, 40_000),
        (1.0, 0.5, 40_000),
        (1.0, 3600.0, 40_000),
        (None, 1.0, 40_000),
        (1.0, None, 40_000),
    ],
)
def test_invalid_timestamps_are_replaced_by_the_usual_interval(
    before: float | None, now: float | None, expected: int
) -> None:
    assert interval_us(before, now, 40_000) == expected


def test_a_truncated_video_plays_up_to_its_end(tmp_path: Path) -> None:
    write_video(tmp_path / "film.mkv", count=60, options={"g": "10"})
    whole = (tmp_path / "film.mkv").read_bytes()
    (tmp_path / "film.mkv").write_bytes(whole[: len(whole) // 2])
    source = VideoFileSource(tmp_path / "film.mkv", fps=FAST, loop=False)
    assert 5 <= len(list(source.pictures(StopSignal()))) < 60


@pytest.mark.parametrize("content", [b"", b"no video at all" * 100])
def test_other_files_are_refused_with_a_readable_error(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "film.mp4").write_bytes(content)
    source = VideoFileSource(tmp_path / "film.mp4")
    with pytest.raises(SourceError, match="not a readable video"):
        next(source.pictures(StopSignal()))


def test_a_playlist_opens_no_address(tmp_path: Path) -> None:
    playlist = "#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\nhttp://127.0.0.1:1/x.ts\n"
    (tmp_path / "list.m3u8").write_text(playlist + "#EXT-X-ENDLIST\n")
    with pytest.raises(SourceError):
        next(VideoFileSource(tmp_path / "list.m3u8").pictures(StopSignal()))


def test_the_error_for_a_missing_file_suggests_a_similar_name(tmp_path: Path) -> None:
    write_video(tmp_path / "people.mp4", count=1)
    with pytest.raises(SourceError, match=r"did you mean .*people\.mp4"):
        VideoFileSource(tmp_path / "peple.mp4").check()
    with pytest.raises(SourceError, match="not a file"):
        VideoFileSource(tmp_path).check()


def test_it_stops_in_the_middle_of_a_wait(tmp_path: Path) -> None:
    write_video(tmp_path / "film.mp4", count=3)
    stop = StopSignal()
    pictures = VideoFileSource(tmp_path / "film.mp4", fps=0.01).pictures(stop)
    next(pictures)
    stop.request()
    assert next(pictures, None) is None
