"""Admission of frames: check a frame from the queue, and name the reason if it is refused."""

from __future__ import annotations

from dataclasses import dataclass

from apps.pipeline.live_queue.frame_consumer import PoppedFrame
from apps.pipeline.messages import DropReason, Frame, stream_id, wire
from apps.runtime.errors import WireError

__all__ = ["AdmittedFrame", "admit"]

#: A capture time further ahead of Redis' clock is invalid, microseconds.
_MAX_AHEAD_US = 1_000_000
#: A capture time further in the past is invalid, microseconds.
_MAX_AGE_US = 3600 * 1_000_000


@dataclass(frozen=True, slots=True)
class AdmittedFrame:
    """A frame with valid fields; the picture itself is not decoded yet.

    Attributes:
        popped: as taken from the queue.
        stream: stream id.
        jpeg: encoded picture, not checked.
        sequence: from the producer, or else the arrival number.
        epoch: from the producer, or else the creation time of the queue's ledger, microseconds.
        captured_at: from the producer, or else the arrival; microseconds of Redis' clock.
        time_replaced: the producer's capture time was invalid.
    """

    popped: PoppedFrame
    stream: str
    jpeg: bytes
    sequence: int
    epoch: int
    captured_at: int
    time_replaced: bool


def admit(popped: PoppedFrame, task: str, now: int) -> AdmittedFrame | DropReason:
    """The checked frame, or the reason to drop it: `malformed` or `wrong_task`.

    `task` is the queue's; `now` is in microseconds of Redis' clock.
    """
    try:
        frame = wire.decode(Frame, popped.data)
        if frame.category != task:
            return DropReason.WRONG_TASK
        identity = stream_id.join(frame.name, task)
    except (WireError, UnicodeEncodeError):
        return DropReason.MALFORMED
    captured = frame.captured_at
    invalid = captured is None or not now - _MAX_AGE_US <= captured <= now + _MAX_AHEAD_US
    numbered = frame.sequence is not None and frame.epoch is not None
    return AdmittedFrame(
        popped=popped,
        stream=identity,
        jpeg=frame.data,
        sequence=frame.sequence if numbered and frame.sequence is not None else popped.arrival,
        epoch=frame.epoch if numbered and frame.epoch is not None else _ledger_created(popped),
        captured_at=popped.arrived_at if invalid or captured is None else captured,
        time_replaced=invalid and captured is not None,
    )


def _ledger_created(popped: PoppedFrame) -> int:
    """Creation time of the ledger, the first part of its id, microseconds."""
    return int(popped.ticket.ledger_id.partition("-")[0])
