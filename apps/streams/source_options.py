"""How a source is to be opened."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["CAMERA_PATH", "SourceOptions"]

#: Path of camera N on Linux.
CAMERA_PATH = "/dev/video{index}"


@dataclass(frozen=True)
class SourceOptions:
    """How a source is to be opened.

    Attributes:
        fps: largest number of frames per second. A lower fps drops frames of a video; a higher one
            plays it faster. Folders and scenes give exactly this rate. 0 for the source's own.
        width: asked of a camera, pixels; 0 for its own.
        height: asked of a camera, pixels; 0 for its own.
        loop: play recordings again and again.
        allow: hosts and networks that may be opened although they are local to this machine.
        camera_path: path of camera `{index}`.
    """

    fps: float = 0.0
    width: int = 0
    height: int = 0
    loop: bool = True
    allow: tuple[str, ...] = ()
    camera_path: str = CAMERA_PATH
