"""A video file, played at its own speed and repeated, like a camera.

A lower fps drops frames; a higher fps plays the video faster.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from av.video.stream import VideoStream

from apps.runtime.errors import SourceError
from apps.runtime.monotonic import monotonic_us
from apps.streams.capture.rate import FrameRateLimit
from apps.streams.capture.stop_signal import StopSignal
from apps.vision.video.demux import ContainerPicture, OpenOptions, open_container, timed_pictures
from apps.vision.video.pace import RecordingPace
from apps.vision.video.picture import DamagedPicture, RawPicture

__all__ = ["VideoFileSource", "interval_us"]

#: A longer gap between two pictures is damage or a cut, not a pause of the video.
_LONGEST_GAP_SECONDS = 10.0
_USUAL_FPS = 25.0


class VideoFileSource:
    """A video file.

    The declared length and edit lists are ignored: a pass ends when no more pictures can be
    decoded. Streams without timestamps play at the frame rate of their codec.
    """

    live = False

    def __init__(self, path: Path, *, fps: float = 0.0, loop: bool = True) -> None:
        self._path = path
        self._fps = fps
        self._loop = loop

    def check(self) -> None:
        """See `Source`."""
        if self._path.is_file():
            return
        if self._path.exists():
            raise SourceError(f"{self._path}: not a file; write the path of a video file")
        folder = self._path.parent
        names = [entry.name for entry in folder.iterdir()] if folder.is_dir() else []
        near = difflib.get_close_matches(self._path.name, names, n=1)
        hint = f"; did you mean {folder / near[0]}?" if near else ""
        raise SourceError(f"{self._path}: no such file{hint}")

    def pictures(self, stop: StopSignal) -> Iterator[RawPicture]:
        """See `Source`."""
        self.check()
        pace = RecordingPace()
        while True:
            good = 0
            for wait, picture in self._one_pass():
                if stop.wait(pace.wait_us(wait, monotonic_us()) / 1e6):
                    return
                good += not isinstance(picture, DamagedPicture)
                yield replace(picture, captured_monotonic_us=monotonic_us())
            if not good:
                raise SourceError(f"{self._path}: no picture in the file can be decoded")
            if not self._loop:
                return

    def _one_pass(self) -> Iterator[tuple[int, ContainerPicture]]:
        """Each picture of one pass, and its time since the previous picture, microseconds."""
        how = OpenOptions(f"file:{self._path}", str(self._path))
        with open_container(how) as (container, stream):
            usual = _usual_us(stream)
            faster = round(1e6 / self._fps) if self._fps * usual > 1e6 else 0
            limit = FrameRateLimit(0.0 if faster else self._fps)
            video_us, wait, before = 0, 0, None
            for timed in timed_pictures(container, stream, how.read_seconds):
                if isinstance(timed.picture, DamagedPicture):
                    yield 0, timed.picture
                    continue
                own = usual if before is None else interval_us(before.seconds, timed.seconds, usual)
                video_us += own
                wait += faster or own
                before = timed
                if limit.keep(video_us):
                    yield wait, timed.picture
                    wait = 0


def interval_us(before: float | None, now: float | None, usual: int) -> int:
    """Time between two pictures of a video from their timestamps, seconds; in microseconds.

    It is `usual`, microseconds, if a timestamp is missing or damaged.
    """
    if before is None or now is None or not 0 < now - before <= _LONGEST_GAP_SECONDS:
        return usual
    return round((now - before) * 1e6)


def _usual_us(stream: VideoStream) -> int:
    return round(1e6 / float(stream.average_rate or stream.guessed_rate or _USUAL_FPS))
