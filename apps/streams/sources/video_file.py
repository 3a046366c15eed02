"""A video file, played at its own speed and over and over, as if it were a camera.

Who asks for fewer pictures per second than the film has gets those, at the film's own speed; who
asks for more gets a faster film.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from av.video.stream import VideoStream

from apps.runtime.errors import SourceError
from apps.runtime.monotonic import monotonic_us
from apps.streams.rate import RateLimit
from apps.streams.stop_sign import StopSign
from apps.vision.video.demux import ContainerPicture, OpenOptions, open_container, timed_pictures
from apps.vision.video.pace import RecordingPace
from apps.vision.video.picture import DamagedPicture, RawPicture

__all__ = ["VideoFileSource", "distance_us"]

#: A gap between two pictures that is longer is damage or an edit, not a pause of the film.
_LONGEST_GAP_SECONDS = 10.0
_USUAL_FPS = 25.0


class VideoFileSource:
    """A video file.

    What it declares (its length, its edit lists) is not believed: a pass ends where no more
    pictures decode. Raw streams without times play at the rate that their codec names.
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
            raise SourceError(f"{self._path}: not a file")
        folder = self._path.parent
        names = [entry.name for entry in folder.iterdir()] if folder.is_dir() else []
        near = difflib.get_close_matches(self._path.name, names, n=1)
        hint = f"; did you mean {folder / near[0]}?" if near else ""
        raise SourceError(f"{self._path}: there is no such file{hint}")

    def pictures(self, stop: StopSign) -> Iterator[RawPicture]:
        """See `Source`."""
        self.check()
        pace = RecordingPace()
        while True:
            good = 0
            for wait, picture in self._one_pass():
                if stop.rest(pace.wait_us(wait, monotonic_us()) / 1e6):
                    return
                good += not isinstance(picture, DamagedPicture)
                yield replace(picture, captured_monotonic_us=monotonic_us())
            if not good:
                raise SourceError(f"{self._path}: no picture in it can be decoded")
            if not self._loop:
                return

    def _one_pass(self) -> Iterator[tuple[int, ContainerPicture]]:
        """Every picture of one pass, each with its distance to the one before, microseconds."""
        how = OpenOptions(f"file:{self._path}", str(self._path))
        with open_container(how) as (container, stream):
            usual = _usual_us(stream)
            faster = round(1e6 / self._fps) if self._fps * usual > 1e6 else 0
            limit = RateLimit(0.0 if faster else self._fps)
            film_us, wait, before = 0, 0, None
            for timed in timed_pictures(container, stream, how.read_seconds):
                if isinstance(timed.picture, DamagedPicture):
                    yield 0, timed.picture
                    continue
                own = usual if before is None else distance_us(before.seconds, timed.seconds, usual)
                film_us += own
                wait += faster or own
                before = timed
                if limit.keep(film_us):
                    yield wait, timed.picture
                    wait = 0


def distance_us(before: float | None, now: float | None, usual: int) -> int:
    """The distance of two pictures of a film, microseconds.

    Args:
        before: time of the first, seconds; None if the film does not say.
        now: time of the second.
        usual: the distance that is usual in this film, microseconds.
    """
    if before is None or now is None or not 0 < now - before <= _LONGEST_GAP_SECONDS:
        return usual
    return round((now - before) * 1e6)


def _usual_us(stream: VideoStream) -> int:
    return round(1e6 / float(stream.average_rate or stream.guessed_rate or _USUAL_FPS))
