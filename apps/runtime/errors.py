"""The exception tree of the product.

::

    ElasticError
    ├── SettingsError      a setting is unknown, malformed or out of range
    │   └── PortError      the configured port cannot be bound
    ├── WireError          bytes are not a valid message
    ├── ImageError         a picture cannot or must not be decoded (with a drop reason)
    ├── ModelError         a model is missing, damaged or does not match its manifest
    ├── DownloadError      a file could not be fetched, or its checksum is wrong
    ├── SourceError        a camera, file or address cannot be opened or read
    ├── QueueError         a queue was used incorrectly
    └── JobError           a job was refused, timed out or failed
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
    """Base class of all errors that the product raises on purpose."""


class SettingsError(ElasticError):
    """A setting is unknown, malformed or out of range; the message is one line for users."""


class PortError(SettingsError):
    """The configured port cannot be bound."""


class WireError(ElasticError):
    """Bytes are not a valid message."""


class ImageError(ElasticError):
    """A picture cannot or must not be decoded.

    Attributes:
        reason: a value of `apps.pipeline.messages.DropReason`, counted in the ledger.
    """

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason


class ModelError(ElasticError):
    """A model is missing, damaged or does not match its manifest."""


class DownloadError(ElasticError):
    """A file could not be fetched, or its checksum is wrong."""


class SourceError(ElasticError):
    """A camera, file or address cannot be opened or read."""


class QueueError(ElasticError):
    """A queue was used incorrectly, for example with a frame of another task."""


class JobReason(StrEnum):
    """Why a job has no result."""

    TOO_LARGE = "too_large"  # more bytes or pixels than allowed
    UNDECODABLE = "undecodable"  # not a picture, or truncated
    FAILED = "failed"  # the inference engine fails on this picture
    POISON = "poison"  # all attempts failed or their workers died: now a dead letter
    NO_WORKER = "no_worker"  # no worker serves the task
    FULL = "full"  # the queue was full until the deadline
    TIMED_OUT = "timed_out"  # accepted, but not finished before the deadline
    UNREACHABLE = "unreachable"  # Redis did not answer, or refused to write


class JobError(ElasticError):
    """A job was refused, timed out, or failed in the worker.

    Attributes:
        reason: the cause, for the caller to act on.
        retry_after: seconds after which a retry may succeed; None if a retry cannot succeed.
    """

    def __init__(
        self, reason: JobReason, message: str, *, retry_after: float | None = None
    ) -> None:
        super().__init__(message)
        self.reason = reason
        self.retry_after = retry_after
