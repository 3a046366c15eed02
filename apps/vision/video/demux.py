"""Open video containers with PyAV and read their pictures.

Errors of libav become a `SourceError` without the address, which may contain a password. A list of
protocols limits what a container may open, so that a playlist on a server cannot read local files.
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
    """The camera refused the credentials; frequent retries could lock the account."""


@dataclass(frozen=True)
class OpenOptions:
    """How to open a container.

    Attributes:
        file: address, path, or a readable binary file object; may contain a password.
        shown: name for error texts, without password.
        protocols: protocols allowed for the container and for everything it refers to.
        format: libav's name of the format; None to detect it.
        options: further options of libav.
        open_seconds: time limit to find the first picture, seconds.
        read_seconds: time limit for each further picture, seconds.
        io_hint: error text for an input/output error while opening.
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
    """A picture and its time in the recording.

    Attributes:
        seconds: since the start of the recording; None if unknown.
        picture: as read from the container.
    """

    seconds: float | None
    picture: ContainerPicture


@contextmanager
def open_container(how: OpenOptions) -> Iterator[tuple[InputContainer, VideoStream]]:
    """Open a container and its first video stream for the duration of a `with` block.

    Raises:
        SourceError: the container cannot be opened or has no video; in the block: reading failed.
        AccessRefusedError: the credentials are missing or wrong.
    """
    try:
        with _open(how) as container:
            if not container.streams.video:
                raise SourceError(f"{how.shown}: it has no video stream")
            stream = container.streams.video[0]
            # Each thread of libav delays the output by one picture. A live view needs each
            # picture at once, and each source already runs in its own thread.
            stream.codec_context.thread_count = 1
            yield container, stream
    except _REFUSED as error:
        raise AccessRefusedError(f"{how.shown}: access refused; check user and password") from error
    except (av.FFmpegError, OSError, ValueError) as error:
        raise SourceError(f"{how.shown}: {_reason(error)}") from error


def _open(how: OpenOptions) -> InputContainer:
    options = {"protocol_whitelist": how.protocols, **how.options}
    limits = (how.open_seconds, how.read_seconds)
    try:
        container: InputContainer = av.open(
            how.file, format=how.format, options=options, timeout=limits
        )
    except OSError as error:
        if error.errno == errno.EIO and how.io_hint:
            raise SourceError(f"{how.shown}: {how.io_hint}") from error
        raise
    return container


def timed_pictures(
    container: InputContainer, stream: VideoStream, silence: float
) -> Iterator[TimedPicture]:
    """All pictures of the stream in display order.

    JPEG pictures are not decoded. A picture that cannot be decoded is a `DamagedPicture`.

    Raises:
        av.FFmpegError: the container broke; `open_container` turns it into a `SourceError`.
        TimeoutError: no packet came for `silence` seconds.
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
            yield TimedPicture(None, DamagedPicture(now, _reason(error)))
            continue
        for frame in frames:
            if isinstance(frame, av.VideoFrame):
                yield TimedPicture(_seconds(frame), VideoPicture(now, frame))


def _packets(
    container: InputContainer, stream: VideoStream, silence: float
) -> Iterator[tuple[av.Packet[VideoStream], int]]:
    """All packets with their arrival times, microseconds of the monotonic clock."""
    packets = container.demux(stream)
    while True:
        requested = monotonic_us()
        packet = next(packets, None)
        now = monotonic_us()
        if packet is None:
            return
        if now - requested > 0.95e6 * silence:
            # after a timeout libav returns a buffered packet, although the camera is silent
            raise TimeoutError
        yield packet, now


def _seconds(timed: av.Packet[VideoStream] | av.VideoFrame) -> float | None:
    if timed.pts is None or timed.time_base is None:
        return None
    return float(timed.pts * timed.time_base)


def _reason(error: BaseException) -> str:
    """The reason for an error, without the address that libav appends."""
    if isinstance(error, av.error.ExitError | av.error.TimeoutError | TimeoutError):
        return "no picture within the time limit"
    if isinstance(error, av.error.InvalidDataError):
        return "not a readable video, or damaged"
    if isinstance(error, av.error.EOFError):
        return "the video ended"
    if isinstance(error, OSError | av.FFmpegError) and error.strerror:
        return str(error.strerror).lower()
    return type(error).__name__
