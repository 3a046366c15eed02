"""Limits of the job queues."""

from __future__ import annotations

from dataclasses import dataclass

from apps.runtime.settings import setting

__all__ = ["JobSettings"]


@dataclass(frozen=True)
class JobSettings:
    """Limits of the job queues. All processes that submit, take or sweep use the same values."""

    jobs_items: int = setting(
        256, "Maximum number of jobs that wait or are in progress, per task.", low=1, high=100_000
    )
    jobs_bytes: int = setting(
        256 << 20, "Maximum size of all these jobs, per task.", unit="bytes", low=1024
    )
    job_bytes: int = setting(8 << 20, "Maximum size of a job.", unit="bytes", low=1024)
    job_attempts: int = setting(3, "Attempts before a job becomes a dead letter.", low=1, high=100)
    job_claim: float = setting(
        10.0,
        "A job goes to another worker after its worker was silent for this long.",
        unit="seconds", low=0.1, high=3600,
    )  # fmt: skip
    job_reply: float = setting(
        60.0, "Time for which an unread reply is kept.", unit="seconds", low=1, high=86_400
    )
    dead_letters: int = setting(
        100, "Maximum number of dead letters, per task.", low=1, high=10_000
    )
    dead_letter_bytes: int = setting(
        64 << 20, "Maximum size of all dead letters, per task.", unit="bytes", low=1024
    )
    dead_letter_hours: float = setting(
        24.0, "Time for which a dead letter is kept.", unit="hours", low=0.01, high=8760
    )
