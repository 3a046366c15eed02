"""Limits of the job queues."""

from __future__ import annotations

from dataclasses import dataclass

from apps.runtime.settings import setting

__all__ = ["JobSettings"]


@dataclass(frozen=True)
class JobSettings:
    """Bounds of the job queues: the same for all who submit, take and sweep."""

    jobs_items: int = setting(
        256, "Jobs that wait or are worked on at most, per task.", low=1, high=100_000
    )
    jobs_bytes: int = setting(
        256 << 20, "Bytes of these jobs at most, per task.", unit="bytes", low=1024
    )
    job_bytes: int = setting(8 << 20, "Largest job.", unit="bytes", low=1024)
    job_attempts: int = setting(
        3, "Tries of a job before it becomes a dead letter.", low=1, high=100
    )
    job_claim: float = setting(
        10.0,
        "A job whose worker was silent for that long is handed to another.",
        unit="seconds", low=0.1, high=3600,
    )  # fmt: skip
    job_reply: float = setting(
        60.0, "How long an unread reply is kept.", unit="seconds", low=1, high=86_400
    )
    dead_letters: int = setting(100, "Dead letters kept at most, per task.", low=1, high=10_000)
    dead_letter_bytes: int = setting(
        64 << 20, "Bytes of these dead letters at most, per task.", unit="bytes", low=1024
    )
    dead_letter_hours: float = setting(
        24.0, "How long a dead letter is kept.", unit="hours", low=0.01, high=8760
    )
