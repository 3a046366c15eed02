"""A frame of a live stream, and the reasons to drop or refuse it."""

from __future__ import annotations

from enum import StrEnum

from msgspec import Struct

__all__ = ["DropReason", "Frame", "RefusalReason"]


class DropReason(StrEnum):
    """Why an accepted frame was not inferred: the complete list of the ledger."""

    OVERFLOW = "overflow"  # the queue was full; the stream with most frames lost its oldest one
    NEWEST = "newest"  # the queue was full, and its policy drops new frames
    STALE = "stale"  # older than the freshness limit before inference
    MALFORMED = "malformed"  # not a MessagePack map with name, category and data
    WRONG_TASK = "wrong_task"  # its category is not the task of the queue
    TOO_LARGE = "too_large"  # more bytes or pixels than allowed
    UNDECODABLE = "undecodable"  # not a picture, or truncated
    FAILED = "failed"  # the inference engine failed
    REMOVED = "removed"  # a foreign consumer removed it from the queue


class RefusalReason(StrEnum):
    """Why a push was refused. Refused frames are not accepted and have separate counters."""

    TOO_LARGE = "too_large"
    CONFLICT = "conflict"  # another live source with a newer epoch uses the same name


class Frame(Struct, frozen=True, kw_only=True):
    """One JPEG picture of a stream, for the live queue of a task.

    `name` is the first field, so that a Redis script can read it with string operations.
    """

    name: str  #: stream name, 1 to 200 bytes of UTF-8 without control characters
    category: str  #: task, `[a-z0-9-]+`
    data: bytes  #: JPEG file
    sequence: int | None = None  #: number of the frame in its epoch; None from foreign producers
    #: start of the stream, microseconds of Redis' clock; None from foreign producers
    epoch: int | None = None
    #: capture time, microseconds of Redis' clock; None from foreign producers
    captured_at: int | None = None
