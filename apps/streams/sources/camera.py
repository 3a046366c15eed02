"""A USB camera, read through V4L2; JPEGs from the camera stay unchanged.

The file at the camera's path decides how it is read. A device is opened with V4L2. A FIFO or a
file of JPEGs can replace the device: the FIFO is read as it is written, the file is repeated.
"""

from __future__ import annotations

import os
import select
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Self

from apps.runtime.errors import SourceError
from apps.streams.capture.rate import longest_silence
from apps.streams.capture.stop_signal import StopSignal
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
        """See `Source`: the camera may be plugged in later, so nothing is checked."""

    def pictures(self, stop: StopSignal) -> Iterator[RawPicture]:
        """See `Source`."""
        try:
            mode = self._path.stat().st_mode
        except OSError as error:
            raise SourceError(f"{self._path}: no such camera; {_cameras()}") from error
        if stat.S_ISREG(mode):
            # only a file that replaces a camera needs this module
            from apps.streams.sources.video_file import VideoFileSource  # noqa: PLC0415 - as above

            yield from VideoFileSource(self._path, fps=self._fps).pictures(stop)
            return
        yield from self._pipe(stop) if stat.S_ISFIFO(mode) else self._device(stop)
        if not stop.requested:
            raise SourceError(f"{self._path}: the camera was unplugged")

    def _device(self, stop: StopSignal) -> Iterator[RawPicture]:
        if not os.access(self._path, os.R_OK | os.W_OK):
            raise AccessRefusedError(
                f"{self._path}: permission denied; add the user to the group video"
            )
        options: dict[str, str] = {}
        if all(self._size):
            options["video_size"] = f"{self._size[0]}x{self._size[1]}"
        if self._fps:
            options["framerate"] = f"{self._fps:g}"
        try:
            yield from self._read(str(self._path), {"input_format": "mjpeg", **options}, stop)
        except SourceError:
            if stop.requested:
                return
            # it has no JPEG, or not at this size and rate: use its own format
            yield from self._read(str(self._path), {}, stop)

    def _pipe(self, stop: StopSignal) -> Iterator[RawPicture]:
        with _Pipe(self._path, stop, self._silence) as pipe:
            how = OpenOptions(
                pipe, str(self._path), "none", "mjpeg", {}, _OPEN_SECONDS, self._silence
            )
            with open_container(how) as (container, stream):
                for timed in timed_pictures(container, stream, self._silence):
                    yield timed.picture

    def _read(self, path: str, options: dict[str, str], stop: StopSignal) -> Iterator[RawPicture]:
        how = OpenOptions(path, path, "file", "v4l2", options, _OPEN_SECONDS, self._silence)
        with open_container(how) as (container, stream):
            for timed in timed_pictures(container, stream, self._silence):
                if stop.requested:
                    return
                yield timed.picture


class _Pipe:
    """A FIFO with the read timeout of a camera."""

    def __init__(self, path: Path, stop: StopSignal, silence: float) -> None:
        self._path = path
        self._stop = stop
        self._silence = silence
        self._number = -1

    def __enter__(self) -> Self:
        # non-blocking: opening a FIFO without a writer would block
        self._number = os.open(self._path, os.O_RDONLY | os.O_NONBLOCK)
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self._number)

    def read(self, size: int) -> bytes:
        """At most `size` bytes; none when the writer closed the FIFO or was silent for too long."""
        poll = select.poll()
        poll.register(self._number, select.POLLIN)
        for _ in range(int(self._silence * 10)):
            if self._stop.requested:
                return b""
            events = poll.poll(100)
            if events and events[0][1] & select.POLLIN:
                return os.read(self._number, size)
            if events:
                return b""
        return b""


def _cameras() -> str:
    names = sorted(path.name for path in Path("/dev").glob("video*"))
    return f"available: {', '.join(names)}" if names else "this machine has no camera"
