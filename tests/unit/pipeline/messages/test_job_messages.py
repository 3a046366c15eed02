"""The encoding of jobs and replies does not change: other versions decode these bytes."""

from __future__ import annotations

from apps.pipeline.messages import wire
from apps.pipeline.messages.job import Job, JobReply
from apps.runtime.errors import JobReason
from tests.support.jobs import RESULT

JOB = Job(
    id="0f", task="face", data=b"\xff\xd8", submitted_at=1_700_000_000_000_000,
    deadline_at=1_700_000_030_000_000, reply_to="c1",
)  # fmt: skip
JOB_BYTES = bytes.fromhex(
    "87a26964a23066a47461736ba466616365a464617461c402ffd8ac7375626d69747465645f6174cf00060a24181e"
    "4000ab646561646c696e655f6174cf00060a2419e80380a87265706c795f746fa26331a8617474656d70747300"
)
REFUSAL = JobReply(id="0f", reason=JobReason.POISON, error="no")
REFUSAL_BYTES = bytes.fromhex("83a26964a23066a6726561736f6ea6706f69736f6ea56572726f72a26e6f")


def test_the_bytes_of_a_job_do_not_change() -> None:
    assert wire.encode(JOB) == JOB_BYTES
    assert wire.decode(Job, JOB_BYTES) == JOB


def test_the_bytes_of_a_refusal_do_not_change() -> None:
    assert wire.encode(REFUSAL) == REFUSAL_BYTES
    assert wire.decode(JobReply, REFUSAL_BYTES) == REFUSAL


def test_a_reply_carries_its_result_and_nothing_else() -> None:
    message = wire.encode(JobReply(id="0f", result=RESULT))
    assert wire.decode(JobReply, message).result == RESULT
    assert b"reason" not in message


def test_a_reply_of_a_later_version_is_read() -> None:
    later = b"\x84\xa5later\xc3" + REFUSAL_BYTES[1:]
    assert wire.decode(JobReply, later) == REFUSAL
