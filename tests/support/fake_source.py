"""A source that a test controls, and a function that writes test videos."""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from av.video.stream import VideoStream

from apps.runtime.monotonic import monotonic_us
from apps.streams.capture.stop_signal import StopSignal
from apps.vision.video.picture import DamagedPicture, JpegPicture, RawPicture
from tests.support.pictures import grey_jpeg

__all__ = ["FakeSource", "write_video"]


class FakeSource:
    """A source that gives pictures, fails, ends and hangs on command."""

    def __init__(self, *, live: bool = True) -> None:
        self.live = live
        self.opened = 0
        self.closed = 0
        self._commands: queue.Queue[RawPicture | Exception | str] = queue.Queue()
        self._released = threading.Event()

    def check(self) -> None:
        """Accept: the source is always valid."""

    def give(self, count: int = 1, data: bytes | None = None) -> None:
        for _ in range(count):
            self._commands.put(JpegPicture(monotonic_us(), data or grey_jpeg()))

    def give_damaged(self) -> None:
        self._commands.put(DamagedPicture(monotonic_us(), "noise"))

    def fail(self, error: Exception) -> None:
        self._commands.put(error)

    def end(self) -> None:
        self._commands.put("end")

    def hang(self) -> None:
        """Simulate a read that never returns: only `release` ends it, not a stop signal."""
        self._commands.put("hang")

    def release(self) -> None:
        self._released.set()

    def pictures(self, stop: StopSignal) -> Iterator[RawPicture]:
        self.opened += 1
        try:
            yield from self._obey(stop)
        finally:
            self.closed += 1

    def _obey(self, stop: StopSignal) -> Iterator[RawPicture]:
        while not stop.requested:
            try:
                command = self._commands.get(timeout=0.005)
            except queue.Empty:
                continue
            if isinstance(command, Exception):
                raise command
            if command == "end":
                return
            if command == "hang":
                self._released.wait(20)
                continue
            assert not isinstance(command, str)
            yield command


def write_video(
    path: Path,
    *,
    count: int,
    fps: int = 50,
    codec: str = "libx264",
    options: dict[str, str] | None = None,
    size: tuple[int, int] = (64, 48),
) -> None:
    """Write a video whose pictures become brighter one by one."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=fps, options=options or {})
        assert isinstance(stream, VideoStream)
        stream.width, stream.height = size
        stream.pix_fmt = "yuvj420p" if codec == "mjpeg" else "yuv420p"
        stream.codec_context.time_base = Fraction(1, fps)
        for number in range(count):
            grey = np.full((size[1], size[0], 3), 20 + 200 * number // count, np.uint8)
            frame = av.VideoFrame.from_ndarray(grey, format="bgr24")
            frame.pts = number
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
