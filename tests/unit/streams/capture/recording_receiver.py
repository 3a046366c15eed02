"""A receiver for tests of captures."""

from __future__ import annotations

from apps.streams.capture.stop_signal import StopSignal
from apps.streams.source_counters import SourceDrop
from apps.vision.video.picture import CapturedPicture

__all__ = ["RecordingReceiver"]


class RecordingReceiver:
    """A receiver that records its pictures and drops."""

    def __init__(self) -> None:
        self.pictures: list[CapturedPicture] = []
        self.drops: list[SourceDrop] = []
        self.notifications = 0

    def take(self, picture: CapturedPicture) -> None:
        self.pictures.append(picture)

    def drop(self, reason: SourceDrop) -> None:
        self.drops.append(reason)

    def wait_for_space(self, stop: StopSignal) -> None:
        pass

    def notify(self) -> None:
        self.notifications += 1
