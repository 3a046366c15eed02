"""The interface of every source, and the options for opening one.

A source blocks, so a separate thread reads it (`capture/`).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from apps.streams.capture.stop_signal import StopSignal

if TYPE_CHECKING:
    from apps.vision.video.picture import RawPicture

__all__ = ["CAMERA_PATH", "Source", "SourceOptions"]

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


class Source(Protocol):
    """A camera, file, address, folder or scene that can be opened any number of times."""

    @property
    def live(self) -> bool:
        """Whether the source sets the pace. A recording can wait and is played at its own pace."""

    def check(self) -> None:
        """Check without opening whether the source can ever work.

        Raises:
            SourceError: it cannot, for example because the file does not exist.
        """

    def pictures(self, stop: StopSignal) -> Iterator[RawPicture]:
        """Open the source, yield pictures until it ends or a stop is requested, then close it.

        Raises:
            SourceError: it cannot be opened, it failed, or it ended although it is live.
        """
