"""Every accepted job has exactly one outcome and at most one reply, for any order of events."""

from __future__ import annotations

import fakeredis
import pytest
from hypothesis import settings
from redis.asyncio import Redis

from tests.support.job_machine import JobsMachine


class FakeJobsMachine(JobsMachine):
    def connect(self) -> Redis:
        client: Redis = fakeredis.FakeAsyncRedis(version=(6, 2))
        return client


FakeJobsMachine.TestCase.settings = settings(max_examples=40, stateful_step_count=40, deadline=None)
# seconds: to shrink an example takes minutes
TestJobs = pytest.mark.timeout(600)(FakeJobsMachine.TestCase)
