"""Outcomes of jobs as HTTP errors, and the detection of pictures."""

from __future__ import annotations

import pytest

from apps.gateway.api.inference_routes import is_picture, job_problem
from apps.runtime.errors import JobError, JobReason


@pytest.mark.parametrize(
    ("reason", "status"),
    [
        (JobReason.TOO_LARGE, 413),
        (JobReason.UNDECODABLE, 422),
        (JobReason.FAILED, 500),
        (JobReason.POISON, 500),
        (JobReason.NO_WORKER, 503),
        (JobReason.FULL, 503),
        (JobReason.UNREACHABLE, 503),
        (JobReason.TIMED_OUT, 504),
    ],
)
def test_every_reason_has_its_status(reason: JobReason, status: int) -> None:
    refusal = job_problem(JobError(reason, "why"))
    assert (refusal.status, str(refusal)) == (status, "why")
    assert ("Retry-After" in refusal.headers) is (status == 503)


def test_no_reason_is_forgotten() -> None:
    for reason in JobReason:
        assert job_problem(JobError(reason, "why")).status


def test_the_response_says_when_to_try_again() -> None:
    error = JobError(JobReason.NO_WORKER, "why", retry_after=4.2)
    assert job_problem(error).headers["Retry-After"] == "5"


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        (b"\xff\xd8\xff\xe0", True),
        (b"\x89PNG\r\n\x1a\n....", True),
        (b"\xff\xd8", False),
        (b"GIF89a", False),
        (b"RIFF....WEBP", False),
        (b"", False),
    ],
)
def test_pictures_are_known_by_how_they_begin(head: bytes, *, expected: bool) -> None:
    assert is_picture(head) is expected
