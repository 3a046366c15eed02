"""Recordings used as cameras: the same pictures as unchanged JPEGs or as H.264."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from typing import cast

import av
from av.video.stream import VideoStream

from apps.vision.image import Pixels, decode

__all__ = ["as_h264", "as_jpegs"]

#: Repetitions of the pictures, so that a film does not restart every second.
_REPEATS = 10


def as_jpegs(path: Path, jpegs: Sequence[bytes], fps: int) -> None:
    """Write a film of unchanged JPEGs, as a USB camera sends them.

    Args:
        path: output file, `.mkv`.
        jpegs: pictures of one size.
        fps: pictures per second.
    """
    _write(path, "mjpeg", "yuvj420p", jpegs, [(jpeg, True) for jpeg in jpegs], fps)


def as_h264(path: Path, jpegs: Sequence[bytes], fps: int) -> None:
    """Write the pictures as H.264 without B frames, as network cameras send it.

    Args:
        path: output file, `.mkv`.
        jpegs: pictures of one size; encoded once and repeated from a key frame.
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
    """Write packets (data, whether it is a key frame) into a container, repeatedly."""
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
