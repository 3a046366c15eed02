"""Video containers, read by PyAV: the one place that opens them and takes pictures out.

Errors of libav come out as `SourceError` in words, never with the address in them: it may hold a
password. What a container may open in its turn is bounded by a list of protocols, so that a
playlist of some server cannot read a file of this machine.
"""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import av
from av.container import InputContainer
from av.video.stream import VideoStream

from apps.runtime.errors import SourceError
from apps.runtime.monotonic import monotonic_us
from apps.vision.video.picture import DamagedPicture, JpegPicture, VideoPicture

__all__ = [
    "AccessRefusedError",
    "ContainerPicture",
    "OpenOptions",
    "TimedPicture",
    "open_container",
    "timed_pictures",
]

ContainerPicture = JpegPicture | VideoPicture | DamagedPicture

_REFUSED = (av.error.HTTPUnauthorizedError, av.error.HTTPForbiddenError)


class AccessRefusedError(SourceError):
    """The camera wants other credentials: asking it every second could lock the account."""


@dataclass(frozen=True)
class OpenOptions:
    """How to open a container.

    Attributes:
        file: address, path, or a readable binary file object; may hold a password.
        shown: the same for people.
        protocols: that may be used, by it and by whatever it refers to.
        format: libav's name of the format; None to find out.
        options: further options of libav.
        open_seconds: longest time until the first picture is found.
        read_seconds: longest time for each picture after it.
        io_hint: what an input/output error while it opens may mean.
    """

    file: Any
    shown: str
    protocols: str = "file"
    format: str | None = None
    options: dict[str, str] = field(default_factory=dict)
    open_seconds: float = 10.0
    read_seconds: float = 3.0
    io_hint: str = ""


@dataclass(frozen=True, slots=True)
class TimedPicture:
    """A picture and when it is due in its recording.

    Attributes:
        seconds: since the start of the recording; None when the recording does not say.
        picture: as the container gave it.
    """

    seconds: float | None
    picture: ContainerPicture


@contextmanager
def open_container(how: OpenOptions) -> Iterator[tuple[InputContainer, VideoStream]]:
    """The container and its first stream of pictures, open for as long as the block lasts.

    Raises:
        SourceError: it cannot be opened, or it has no pictures; later, in the block: it broke.
        AccessRefusedError: it wants credentials.
    """
    try:
        with _open(how) as container:
            if not container.streams.video:
                raise SourceError(f"{how.shown}: there are no pictures in it")
            stream = container.streams.video[0]
            # Threads of libav hold pictures back, one per thread: a live view wants them at once,
            # and each source has a thread of its own already.
            stream.codec_context.thread_count = 1
            yield container, stream
    except _REFUSED as error:
        raise AccessRefusedError(f"{how.shown}: access refused; check user and password") from error
    except (av.FFmpegError, OSError, ValueError) as error:
        raise SourceError(f"{how.shown}: {_words(error)}") from error


def _open(how: OpenOptions) -> InputContainer:
    try:
        container: InputContainer = av.open(
            how.file,
            format=how.format,
            options={"protocol_whitelist": how.protocols, **how.options},
            timeout=(how.open_seconds, how.read_seconds),
        )
    except OSError as error:
        if error.errno == errno.EIO and how.io_hint:
            raise SourceError(f"{how.shown}: {how.io_hint}") from error
        raise
    return container


def timed_pictures(
    container: InputContainer, stream: VideoStream, silence: float
) -> Iterator[TimedPicture]:
    """Every picture of the stream, in the order in which it is shown.

    A picture that is a JPEG already comes as it is; one that cannot be decoded as damaged.

    Args:
        container: open.
        stream: of the container.
        silence: longest wait for a packet, seconds.

    Raises:
        av.FFmpegError: the container broke; `opened` turns it into words.
        TimeoutError: it was silent.
    """
    untouched = stream.codec_context.name == "mjpeg"
    for packet, now in _packets(container, stream, silence):
        if untouched:
            if packet.size:
                yield TimedPicture(_seconds(packet), JpegPicture(now, bytes(packet)))
            continue
        try:
            frames = packet.decode()
        except av.FFmpegError as error:
            yield TimedPicture(None, DamagedPicture(now, _words(error)))
            continue
        for frame in frames:
            if isinstance(frame, av.VideoFrame):
                yield TimedPicture(_seconds(frame), VideoPicture(now, frame))


def _packets(
    container: InputContainer, stream: VideoStream, silence: float
) -> Iterator[tuple[av.Packet[VideoStream], int]]:
    """Every packet, and when it came."""
    packets = container.demux(stream)
    while True:
        asked = monotonic_us()
        packet = next(packets, None)
        now = monotonic_us()
        if packet is None:
            return
        if now - asked > 0.95e6 * silence:
            # libav lets go what it held back when the camera falls silent: no sign of life
            raise TimeoutError
        yield packet, now


def _seconds(timed: av.Packet[VideoStream] | av.VideoFrame) -> float | None:
    if timed.pts is None or timed.time_base is None:
        return None
    return float(timed.pts * timed.time_base)


def _words(error: BaseException) -> str:
    """What happened, without the address that libav puts behind it."""
    if isinstance(error, av.error.ExitError | av.error.TimeoutError | TimeoutError):
        return "no picture within the time limit"
    if isinstance(error, av.error.InvalidDataError):
        return "it is not a video that can be read, or it is damaged"
    if isinstance(error, av.error.EOFError):
        return "it ended"
    if isinstance(error, OSError | av.FFmpegError) and error.strerror:
        return str(error.strerror).lower()
    return type(error).__name__
