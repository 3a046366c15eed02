"""A USB camera: V4L2, its own JPEGs untouched where it makes any.

What is at the camera's path decides: a device is opened as V4L2; a FIFO is read as the JPEGs that
somebody writes into it, and a file of them is played over and over: both stand in for a camera
where there is none.
"""

from __future__ import annotations

import os
import select
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Self

from apps.runtime.errors import SourceError
from apps.streams.rate import longest_silence
from apps.streams.sources.video_file import VideoFileSource
from apps.streams.stop_sign import StopSign
from apps.vision.video.demux import AccessRefusedError, OpenOptions, open_container, timed_pictures
from apps.vision.video.picture import RawPicture

__all__ = ["CameraSource"]

_OPEN_SECONDS = 8.0


class CameraSource:
    """A camera of this machine."""

    live = True

    def __init__(self, path: str, *, fps: float = 0.0, width: int = 0, height: int = 0) -> None:
        self._path = Path(path)
        self._fps = fps
        self._size = (width, height)
        self._silence = longest_silence(fps)

    def check(self) -> None:
        """See `Source`: a camera may be plugged in later, so there is nothing to check."""

    def pictures(self, stop: StopSign) -> Iterator[RawPicture]:
        """See `Source`."""
        try:
            mode = self._path.stat().st_mode
        except OSError as error:
            raise SourceError(f"{self._path}: no camera there; {_cameras()}") from error
        if stat.S_ISREG(mode):
            yield from VideoFileSource(self._path, fps=self._fps).pictures(stop)
            return
        yield from self._pipe(stop) if stat.S_ISFIFO(mode) else self._device(stop)
        if not stop.raised:
            raise SourceError(f"{self._path}: the camera was unplugged")

    def _device(self, stop: StopSign) -> Iterator[RawPicture]:
        if not os.access(self._path, os.R_OK | os.W_OK):
            raise AccessRefusedError(f"{self._path}: no right to use it; join the group video")
        options: dict[str, str] = {}
        if all(self._size):
            options["video_size"] = f"{self._size[0]}x{self._size[1]}"
        if self._fps:
            options["framerate"] = f"{self._fps:g}"
        try:
            yield from self._read(str(self._path), {"input_format": "mjpeg", **options}, stop)
        except SourceError:
            if stop.raised:
                return
            # no JPEG from this one, or not at this size and rate: whatever it has
            yield from self._read(str(self._path), {}, stop)

    def _pipe(self, stop: StopSign) -> Iterator[RawPicture]:
        with _Pipe(self._path, stop, self._silence) as pipe:
            how = OpenOptions(
                pipe, str(self._path), "none", "mjpeg", {}, _OPEN_SECONDS, self._silence
            )
            with open_container(how) as (container, stream):
                for timed in timed_pictures(container, stream, self._silence):
                    yield timed.picture

    def _read(self, path: str, options: dict[str, str], stop: StopSign) -> Iterator[RawPicture]:
        how = OpenOptions(path, path, "file", "v4l2", options, _OPEN_SECONDS, self._silence)
        with open_container(how) as (container, stream):
            for timed in timed_pictures(container, stream, self._silence):
                if stop.raised:
                    return
                yield timed.picture


class _Pipe:
    """A FIFO that is never waited for longer than a camera would be."""

    def __init__(self, path: Path, stop: StopSign, silence: float) -> None:
        self._path = path
        self._stop = stop
        self._silence = silence
        self._number = -1

    def __enter__(self) -> Self:
        # non-blocking: to open a FIFO without a writer would wait for ever
        self._number = os.open(self._path, os.O_RDONLY | os.O_NONBLOCK)
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self._number)

    def read(self, size: int) -> bytes:
        """At most so many bytes; none when the writer left, or was silent for too long."""
        poll = select.poll()
        poll.register(self._number, select.POLLIN)
        for _ in range(int(self._silence * 10)):
            if self._stop.raised:
                return b""
            events = poll.poll(100)
            if events and events[0][1] & select.POLLIN:
                return os.read(self._number, size)
            if events:
                return b""
        return b""


def _cameras() -> str:
    names = sorted(path.name for path in Path("/dev").glob("video*"))
    return f"there are {', '.join(names)}" if names else "there is none on this machine"
