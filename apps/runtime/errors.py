"""Every error that the system raises on purpose.

::

    ElasticError
    ├── SettingsError      a setting is unknown, malformed or out of its range
    │   └── PortError          the port of a setting cannot be bound
    ├── WireError          bytes that are not the message they should be
    ├── ImageError         a picture that cannot or must not be decoded (with a drop reason)
    ├── ModelError         a model that is missing, damaged, or not what its manifest says
    ├── DownloadError      a file that could not be fetched, or is not what it should be
    ├── SourceError        a camera, file or address that cannot be opened or read
    ├── QueueError         a queue answered, but not as asked
    └── JobError           a job that was refused, timed out or failed
"""

from __future__ import annotations

from enum import StrEnum

__all__ = [
    "DownloadError",
    "ElasticError",
    "ImageError",
    "JobError",
    "JobReason",
    "ModelError",
    "PortError",
    "QueueError",
    "SettingsError",
    "SourceError",
    "WireError",
]


class ElasticError(Exception):
    """The root: catching it catches everything that the system raises on purpose."""


class SettingsError(ElasticError):
    """A setting is unknown, malformed or out of its range; the message is one readable line."""


class PortError(SettingsError):
    """The port that a setting names cannot be bound."""


class WireError(ElasticError):
    """Bytes that are not the message they should be."""


class ImageError(ElasticError):
    """A picture that cannot or must not be decoded.

    Attributes:
        reason: a value of `apps.pipeline.messages.DropReason`, for the ledger.
    """

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason


class ModelError(ElasticError):
    """A model that is missing, damaged, or not what its manifest says."""


class DownloadError(ElasticError):
    """A file that could not be fetched, or is not what its checksum says."""


class SourceError(ElasticError):
    """A camera, file or address that cannot be opened or read."""


class QueueError(ElasticError):
    """A queue answered, but not as asked."""


class JobReason(StrEnum):
    """Why a job was not answered with a result."""

    TOO_LARGE = "too_large"  # more bytes or more pixels than allowed
    UNDECODABLE = "undecodable"  # not a picture, or a truncated one
    FAILED = "failed"  # the engine failed on it, and would again
    POISON = "poison"  # tried too often, or its workers died: it is a dead letter
    NO_WORKER = "no_worker"  # nobody serves the task
    FULL = "full"  # the queue had no room until the deadline
    TIMED_OUT = "timed_out"  # accepted, and not answered before the deadline
    UNREACHABLE = "unreachable"  # Redis did not answer, or refused to write


class JobError(ElasticError):
    """A job that was refused, ran out of time, or failed in the worker.

    Attributes:
        reason: why, for the caller to act on.
        retry_after: seconds after which another try is worth while; None if it never is.
    """

    def __init__(
        self, reason: JobReason, message: str, *, retry_after: float | None = None
    ) -> None:
        super().__init__(message)
        self.reason = reason
        self.retry_after = retry_after
