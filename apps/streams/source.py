"""The interface of every source.

A source blocks, so a separate thread reads it (`capture/`).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Protocol

from apps.streams.capture.stop_signal import StopSignal

if TYPE_CHECKING:
    from apps.vision.video.picture import RawPicture

__all__ = ["Source"]


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
