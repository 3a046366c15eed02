"""Random operations on a job queue: each accepted job gets exactly one outcome."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Sequence
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from redis.asyncio import Redis
from redis.exceptions import ConnectionError as RedisConnectionError

from apps.pipeline import redis_script
from apps.pipeline.job_queue.job_consumer import JobConsumer
from apps.pipeline.job_queue.job_queue import JobQueue
from apps.pipeline.job_queue.settings import JobSettings
from apps.pipeline.messages.job import Job
from apps.pipeline.redis_script import ScriptCall
from apps.runtime.errors import JobReason
from tests.support.jobs import CLIENT, RESULT, make_job, orphan, read_replies, submit, withdraw

__all__ = ["JobsMachine"]

BOUNDS = JobSettings(jobs_items=6, job_attempts=3, dead_letters=1000)
WORKERS = st.integers(0, 2)
ENDS = ("done", "failed", "poisoned", "expired", "withdrawn")


class JobsMachine(RuleBasedStateMachine):
    """Three workers and one client; replies are lost, workers die, deadlines pass."""

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.redis = self.connect()
        self.do(self.redis.flushall())
        self.workers = [JobConsumer(self.redis, "face", BOUNDS) for _ in range(3)]
        self.hands: list[dict[str, Job]] = [{}, {}, {}]
        self.accepted: list[Job] = []
        self.withdrawn = 0

    def connect(self) -> Redis:
        """Empty the Redis under test and return a client of it."""
        raise NotImplementedError

    def do(self, call: Any) -> Any:
        return self.loop.run_until_complete(call)

    def take(self, who: int, wanted: int, *, lose: bool = False) -> None:
        real = redis_script.run_together

        async def lossy(redis: Redis, calls: Sequence[ScriptCall]) -> list[Any]:
            await real(redis, calls)
            raise RedisConnectionError("the answer was lost")

        try:
            redis_script.run_together = lossy if lose else real  # type: ignore[assignment]
            taken = self.do(self.workers[who].take(wanted))
        except RedisConnectionError:
            return
        finally:
            redis_script.run_together = real
        for job in taken:
            # A worker that was silent may get its job back after the next worker was silent too.
            known = self.hands[who].get(job.id)
            assert known is None or known.attempts < job.attempts
            assert 1 <= job.attempts <= BOUNDS.job_attempts
            self.hands[who][job.id] = job

    @rule(short=st.booleans(), repeats=st.integers(1, 2))
    def submit_a_job(self, short: bool, repeats: int) -> None:
        job = self.do(make_job(self.redis, seconds=0.003 if short else 600))
        answers = [self.do(submit(self.redis, job, BOUNDS)) for _ in range(repeats)]
        if "accepted" in answers:
            assert answers.count("accepted") == 1
            self.accepted.append(job)

    @rule(who=WORKERS, wanted=st.integers(0, 3), lose=st.booleans())
    def take_some(self, who: int, wanted: int, lose: bool) -> None:
        self.take(who, wanted, lose=lose)

    @rule(who=WORKERS, how=st.sampled_from(["done", "fail", "retry"]))
    def end_one(self, who: int, how: str) -> None:
        if not self.hands[who]:
            return
        _, job = self.hands[who].popitem()
        if how == "done":
            self.workers[who].done(job, RESULT)
        elif how == "fail":
            self.workers[who].fail(job, JobReason.FAILED, "failed")
        else:
            self.workers[who].retry(job, "again")

    @rule(who=WORKERS)
    def a_worker_is_silent_for_too_long(self, who: int) -> None:
        if self.do(self.redis.exists("jobs_face")):
            self.do(orphan(self.redis, self.workers[who]))

    @rule(who=WORKERS)
    def a_worker_dies(self, who: int) -> None:
        self.a_worker_is_silent_for_too_long(who)
        self.workers[who] = JobConsumer(self.redis, "face", BOUNDS)
        self.hands[who] = {}

    @rule(who=WORKERS)
    def a_worker_leaves(self, who: int) -> None:
        self.do(self.workers[who].leave())
        self.workers[who] = JobConsumer(self.redis, "face", BOUNDS)
        self.hands[who] = {}

    @rule(which=st.integers(0, 99))
    def a_call_is_cancelled(self, which: int) -> None:
        if self.accepted:
            job = self.accepted[which % len(self.accepted)]
            self.withdrawn += self.do(withdraw(self.redis, job)) == "withdrawn"

    @invariant()
    def the_books_are_right(self) -> None:
        found = self.do(JobQueue(self.redis, "face", BOUNDS).sweep())
        assert found.error == 0
        assert found.counts.get("submitted", 0) == len(self.accepted)
        assert found.waiting + found.in_progress <= BOUNDS.jobs_items

    def teardown(self) -> None:
        """When all work is done, each job has one outcome, and its client one reply."""
        for who in range(3):
            self.a_worker_dies(who)
        for _ in range(100):
            self.take(0, 3)
            for job in self.hands[0].values():
                self.workers[0].done(job, RESULT)
            self.hands[0] = {}
        self.do(self.workers[0].leave())
        found = self.do(JobQueue(self.redis, "face", BOUNDS).sweep())
        assert (found.waiting, found.in_progress, found.bytes) == (0, 0, 0)
        assert sum(found.counts.get(end, 0) for end in ENDS) == len(self.accepted)
        self.check_replies(found.counts)
        self.do(self.redis.aclose())
        self.loop.close()

    def check_replies(self, counts: dict[str, int]) -> None:
        replies = self.do(read_replies(self.redis))
        assert all(len(found) == 1 for found in replies.values())
        assert set(replies) <= {job.id for job in self.accepted}
        seen = Counter(found[0].reason for found in replies.values())
        expected = {
            None: counts.get("done", 0),
            JobReason.FAILED: counts.get("failed", 0),
            JobReason.POISON: counts.get("poisoned", 0),
            JobReason.TIMED_OUT: counts.get("expired", 0),
        }
        assert dict(seen) == {reason: count for reason, count in expected.items() if count}
        assert counts.get("withdrawn", 0) == self.withdrawn
        assert self.do(self.redis.xlen("{jobs_face}:dead")) == counts.get("poisoned", 0)
        assert self.do(self.redis.xlen("jobs_face")) == 0
        assert self.do(self.redis.keys(f"*:replies:{CLIENT}")) or not replies
