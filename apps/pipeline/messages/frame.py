"""A frame of a live stream, and why it may be dropped or refused."""

from __future__ import annotations

from enum import StrEnum

from msgspec import Struct

__all__ = [
    "DropReason",
    "Frame",
    "RefusalReason",
]


class DropReason(StrEnum):
    """Why an accepted frame was not inferred: the closed list of the ledger."""

    OVERFLOW = "overflow"  # the queue was full and the stream that holds most places paid
    NEWEST = "newest"  # the queue was full and its policy refuses newcomers
    STALE = "stale"  # older than the freshness limit when its turn came
    MALFORMED = "malformed"  # not a MessagePack map with name, category and data
    WRONG_TASK = "wrong_task"  # its category is not the task of the queue
    TOO_LARGE = "too_large"  # more bytes or more pixels than allowed
    UNDECODABLE = "undecodable"  # not a picture, or a truncated one
    FAILED = "failed"  # the engine failed on it
    REMOVED = "removed"  # a foreign consumer took it from the queue


class RefusalReason(StrEnum):
    """Why a push was refused; refused frames were never accepted and are counted apart."""

    TOO_LARGE = "too_large"
    CONFLICT = "conflict"  # another live source pushes under the same name, with a newer epoch


class Frame(Struct, frozen=True, kw_only=True):
    """One JPEG picture of one stream, on its way to the queue of one task.

    `name` stands first, so that a Redis script can read it with plain string operations.

    Attributes:
        name: stream name, 1 to 200 bytes of UTF-8 without control characters.
        category: task, `[a-z0-9-]+`.
        data: the JPEG.
        sequence: counts the frames of one epoch; None from foreign producers.
        epoch: when the stream was started, microseconds of Redis' clock; None if foreign.
        captured_at: when the picture was taken, microseconds of Redis' clock; None if foreign.
    """

    name: str
    category: str
    data: bytes
    sequence: int | None = None
    epoch: int | None = None
    captured_at: int | None = None
