"""Conservation as a property: in whatever order things happen, the books agree with the world."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import fakeredis
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule, run_state_machine_as_test
from redis.asyncio import Redis

from apps.local.redis_server import RedisServer
from apps.pipeline import redis_script
from apps.pipeline.live_queue.frame_consumer import INFERRED
from apps.pipeline.live_queue.settings import Policy
from apps.pipeline.messages import DropReason
from apps.runtime.connection import connect
from tests.integration.pipeline.mutants import MUTANTS, infect
from tests.integration.pipeline.scene import Fate, Scene

two = st.integers(0, 1)
fates = st.sampled_from([Fate.FINE, Fate.FINE, Fate.REQUEST_DELAYED, Fate.ANSWER_LOST])
outcomes = st.sampled_from([INFERRED, INFERRED, DropReason.STALE, DropReason.FAILED])


class Interleavings(RuleBasedStateMachine):
    """Plays moves of a scene in any order."""

    make_redis: Callable[[], Redis]

    def __init__(self) -> None:
        super().__init__()
        self._runner = asyncio.Runner()
        self._patch = pytest.MonkeyPatch()
        self.scene = self._run(self._begin())

    async def _begin(self) -> Scene:
        redis = type(self).make_redis()
        await redis.flushall()
        scene = Scene(redis)
        self._patch.setattr(redis_script, "run_together", scene.network)
        return scene

    def _run(self, move: Awaitable[Any]) -> Any:
        async def moved() -> Any:
            return await move

        return self._runner.run(moved())

    @rule(index=two, policy=st.sampled_from(Policy), large=st.booleans(), fate=fates)
    def push(self, index: int, policy: Policy, large: bool, fate: Fate) -> None:
        self.scene.fate = fate
        self._run(self.scene.push(index, policy, large=large))

    @rule(index=two)
    def restart_stream(self, index: int) -> None:
        self.scene.restart(index)

    @rule(index=two, wanted=st.integers(0, 4), fate=fates)
    def exchange(self, index: int, wanted: int, fate: Fate) -> None:
        self.scene.fate = fate
        self._run(self.scene.exchange(index, wanted))

    @rule(index=two, outcome=outcomes)
    def settle(self, index: int, outcome: str | DropReason) -> None:
        self.scene.settle(index, outcome)

    @rule(index=two)
    def worker_dies(self, index: int) -> None:
        self.scene.die(index)

    @rule()
    def leases_end(self) -> None:
        self._run(self.scene.end_leases())

    @rule(fate=fates)
    def sweep(self, fate: Fate) -> None:
        self.scene.fate = fate
        self._run(self.scene.sweep())
        self.scene.fate = Fate.FINE

    @rule(large=st.booleans(), readable=st.booleans())
    def foreign_push(self, large: bool, readable: bool) -> None:
        self._run(self.scene.foreign_push(large=large and readable, readable=readable))

    @rule()
    def foreign_pop(self) -> None:
        self._run(self.scene.foreign_pop())

    @rule()
    def deliver_a_delayed_request(self) -> None:
        self._run(self.scene.deliver())

    @rule(really=st.integers(0, 4))
    def flush(self, really: int) -> None:
        if really == 0:
            self._run(self.scene.flush())

    def teardown(self) -> None:
        try:
            assert self._run(self.scene.differences()) == []
        finally:
            self._run(self.scene.redis.aclose())
            self._patch.undo()
            self._runner.close()


def play(make_redis: Callable[[], Redis], examples: int) -> None:
    machine = type("Play", (Interleavings,), {"make_redis": staticmethod(make_redis)})
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=examples,
            stateful_step_count=40,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )


def test_the_books_agree_after_any_interleaving_on_the_fake_redis() -> None:
    play(lambda: fakeredis.FakeAsyncRedis(version=(6, 2)), 25)


def test_the_books_agree_after_any_interleaving_on_a_real_redis(
    session_redis: RedisServer,
) -> None:
    play(lambda: connect(session_redis.settings, name="interleavings"), 80)


async def everything(scene: Scene) -> list[str]:
    """One of everything that is booked."""
    for _ in range(5):
        await scene.push(0, Policy.OLDEST)
    await scene.push(1, Policy.NEWEST)
    await scene.push(1, Policy.OLDEST, large=True)
    await scene.foreign_push()
    await scene.foreign_push(large=True)
    await scene.foreign_push(readable=False)
    await scene.exchange(0, 2)
    await scene.foreign_pop()
    scene.settle(0, INFERRED)
    scene.settle(0, DropReason.FAILED)
    scene.fate = Fate.ANSWER_LOST
    await scene.exchange(0, 1)
    await scene.exchange(0, 0)
    for _ in range(3):
        await scene.push(1, Policy.OLDEST)
    await scene.exchange(1, 2)
    await scene.end_leases()
    await scene.sweep()
    scene.settle(1, INFERRED)
    await scene.exchange(1, 0)
    scene.die(1)
    return await scene.differences()


async def test_one_of_everything_is_booked_as_it_happened(
    any_redis: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    scene = Scene(any_redis)
    monkeypatch.setattr(redis_script, "run_together", scene.network)
    assert await everything(scene) == []


async def test_a_push_that_arrives_after_its_stream_was_started_anew_is_refused(
    any_redis: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    scene = Scene(any_redis)
    monkeypatch.setattr(redis_script, "run_together", scene.network)
    scene.fate = Fate.REQUEST_DELAYED
    await scene.push(0, Policy.OLDEST)
    await scene.push(0, Policy.OLDEST)
    scene.restart(0)
    await scene.push(0, Policy.OLDEST)
    await scene.deliver()
    assert await scene.differences() == []
    assert scene.tally.answers["a|b c"] == {"accepted": 2, "conflict": 1}


@pytest.mark.parametrize("mutant", MUTANTS)
async def test_no_fault_in_the_scripts_goes_unnoticed(
    mutant: str, real_redis: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    infect(monkeypatch, mutant)
    scene = Scene(real_redis)
    monkeypatch.setattr(redis_script, "run_together", scene.network)
    assert await everything(scene) != []
