"""Recordings that stand in for cameras: the same pictures as JPEGs, untouched, or as H.264."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from typing import cast

import av
from av.video.stream import VideoStream

from apps.vision.image import Pixels, decode

__all__ = ["as_h264", "as_jpegs"]

#: Times that the pictures are repeated, so that a film does not start anew every second.
_REPEATS = 10


def as_jpegs(path: Path, jpegs: Sequence[bytes], fps: int) -> None:
    """A film in which every picture is the JPEG that it was, as a USB camera gives it.

    Args:
        path: of the film; `.mkv`.
        jpegs: of one size.
        fps: pictures per second.
    """
    _write(path, "mjpeg", "yuvj420p", jpegs, [(jpeg, True) for jpeg in jpegs], fps)


def as_h264(path: Path, jpegs: Sequence[bytes], fps: int) -> None:
    """The same pictures in H.264 as network cameras send it, without B frames.

    Args:
        path: of the film; `.mkv`.
        jpegs: of one size; encoded once and repeated, each time from a key frame.
        fps: pictures per second.
    """
    coder = av.CodecContext.create("libx264", "w")
    pixels = [_pixels(jpeg) for jpeg in jpegs]
    coder.height, coder.width = pixels[0].shape[:2]
    coder.pix_fmt, coder.time_base = "yuv420p", Fraction(1, fps)
    coder.options = {"preset": "veryfast", "tune": "zerolatency", "g": str(len(jpegs))}
    packets = [
        packet
        for picture in [*(av.VideoFrame.from_ndarray(one, format="bgr24") for one in pixels), None]
        for packet in coder.encode(picture)
    ]
    coded = [(bytes(packet), packet.is_keyframe) for packet in packets]
    _write(path, "libx264", "yuv420p", jpegs, coded, fps)


def _write(
    path: Path,
    codec: str,
    colours: str,
    jpegs: Sequence[bytes],
    packets: Sequence[tuple[bytes, bool]],
    fps: int,
) -> None:
    """Write coded pictures (and whether each is a key frame) into a container, again and again."""
    with av.open(str(path), "w") as container:
        stream = cast(VideoStream, container.add_stream(codec, rate=fps))
        stream.height, stream.width = _pixels(jpegs[0]).shape[:2]
        stream.pix_fmt = colours
        for number, (data, is_key) in enumerate(list(packets) * _REPEATS):
            packet = av.Packet(data)
            packet.stream, packet.time_base = stream, Fraction(1, fps)
            packet.pts = packet.dts = number
            packet.is_keyframe = is_key
            container.mux(packet)


def _pixels(jpeg: bytes) -> Pixels:
    return decode(jpeg).pixels
