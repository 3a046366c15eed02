"""From a popped frame to one that can be inferred: everything that can be wrong is named here."""

from __future__ import annotations

from dataclasses import dataclass

from apps.pipeline.live_queue.frame_consumer import PoppedFrame
from apps.pipeline.messages import DropReason, Frame, stream_id, wire
from apps.runtime.errors import WireError

__all__ = ["LiveFrame", "check"]

#: A capture time further ahead of Redis' clock than this is impossible.
_AHEAD_US = 1_000_000
#: A capture time longer ago than this is impossible.
_AGO_US = 3600 * 1_000_000


@dataclass(frozen=True, slots=True)
class LiveFrame:
    """A frame whose every field can be relied on.

    Attributes:
        popped: what came out of the queue.
        stream: stream id.
        jpeg: the picture, not yet looked at.
        sequence: the producer's, or the arrival number.
        epoch: the producer's, or the birth of the data set.
        captured_at: the producer's, or the arrival; microseconds of Redis' clock.
        time_replaced: the capture time was impossible.
    """

    popped: PoppedFrame
    stream: str
    jpeg: bytes
    sequence: int
    epoch: int
    captured_at: int
    time_replaced: bool


def check(popped: PoppedFrame, task: str, now: int) -> LiveFrame | DropReason:
    """The frame, or why it cannot be inferred.

    Args:
        popped: as it came out of the queue.
        task: of the queue.
        now: microseconds of Redis' clock.
    """
    try:
        frame = wire.decode(Frame, popped.data)
        if frame.category != task:
            return DropReason.WRONG_TASK
        identity = stream_id.join(frame.name, task)
    except (WireError, UnicodeEncodeError):
        return DropReason.MALFORMED
    captured = frame.captured_at
    impossible = captured is None or not now - _AGO_US <= captured <= now + _AHEAD_US
    ours = frame.sequence is not None and frame.epoch is not None
    return LiveFrame(
        popped=popped,
        stream=identity,
        jpeg=frame.data,
        sequence=frame.sequence if ours and frame.sequence is not None else popped.arrival,
        epoch=frame.epoch if ours and frame.epoch is not None else _birth(popped),
        captured_at=popped.arrived_at if impossible or captured is None else captured,
        time_replaced=impossible and captured is not None,
    )


def _birth(popped: PoppedFrame) -> int:
    """When the data set began: the ledger id says so."""
    return int(popped.ticket.ledger_id.partition("-")[0])
