"""What every source is, and which one reads which spec.

A source is blocking and runs in a thread of its own (`capture.py`), the one place where the
service blocks.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

from apps.streams.source_spec import CAMERA_PATH
from apps.streams.stop_sign import StopSign
from apps.vision.video.picture import RawPicture

__all__ = ["Source", "Wish"]


class Source(Protocol):
    """A camera, file, address, folder or scene that can be opened again and again."""

    @property
    def live(self) -> bool:
        """Whether pictures come when they come; a recording waits and is played at its pace."""

    def check(self) -> None:
        """See whether it can ever work, without opening it.

        Raises:
            SourceError: it cannot, as a file that is not there; the text says what to do.
        """

    def pictures(self, stop: StopSign) -> Iterator[RawPicture]:
        """Open it and give pictures until it ends or the sign is raised; then close it.

        Raises:
            SourceError: it cannot be opened, broke, or (when live) ended.
        """


@dataclass(frozen=True)
class Wish:
    """What is wanted of a source.

    Attributes:
        fps: pictures per second at most; a film of fewer is played faster, folders and scenes give
            exactly so many; 0 for the source's own.
        width: asked of a camera, pixels; 0 for its own.
        height: asked of a camera, pixels; 0 for its own.
        loop: play recordings again and again.
        allow: hosts and networks that may be opened although they are local to this machine.
        camera_path: where camera `{index}` is.
    """

    fps: float = 0.0
    width: int = 0
    height: int = 0
    loop: bool = True
    allow: tuple[str, ...] = ()
    camera_path: str = CAMERA_PATH
