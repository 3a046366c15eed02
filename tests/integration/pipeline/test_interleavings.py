"""Conservation as a property: the ledger is exact for every order of events."""

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
from tests.integration.pipeline.mutants import MUTANTS, apply_mutant
from tests.integration.pipeline.queue_simulation import NetworkFault, QueueSimulation

two = st.integers(0, 1)
faults = st.sampled_from([NetworkFault.NONE, *NetworkFault])  # most messages arrive
outcomes = st.sampled_from([INFERRED, INFERRED, DropReason.STALE, DropReason.FAILED])


class Interleavings(RuleBasedStateMachine):
    """Runs the steps of a simulation in random order."""

    make_redis: Callable[[], Redis]

    def __init__(self) -> None:
        super().__init__()
        self._runner = asyncio.Runner()
        self._patch = pytest.MonkeyPatch()
        self.simulation = self._run(self._begin())

    async def _begin(self) -> QueueSimulation:
        redis = type(self).make_redis()
        await redis.flushall()
        simulation = QueueSimulation(redis)
        self._patch.setattr(redis_script, "run_together", simulation.network)
        return simulation

    def _run(self, move: Awaitable[Any]) -> Any:
        async def moved() -> Any:
            return await move

        return self._runner.run(moved())

    @rule(index=two, policy=st.sampled_from(Policy), large=st.booleans(), fault=faults)
    def push(self, index: int, policy: Policy, large: bool, fault: NetworkFault) -> None:
        self.simulation.fault = fault
        self._run(self.simulation.push(index, policy, large=large))

    @rule(index=two)
    def restart_stream(self, index: int) -> None:
        self.simulation.restart(index)

    @rule(index=two, wanted=st.integers(0, 4), fault=faults)
    def exchange(self, index: int, wanted: int, fault: NetworkFault) -> None:
        self.simulation.fault = fault
        self._run(self.simulation.exchange(index, wanted))

    @rule(index=two, outcome=outcomes)
    def settle(self, index: int, outcome: str | DropReason) -> None:
        self.simulation.settle(index, outcome)

    @rule(index=two)
    def worker_dies(self, index: int) -> None:
        self.simulation.die(index)

    @rule()
    def leases_end(self) -> None:
        self._run(self.simulation.end_leases())

    @rule(fault=faults)
    def sweep(self, fault: NetworkFault) -> None:
        self.simulation.fault = fault
        self._run(self.simulation.sweep())
        self.simulation.fault = NetworkFault.NONE

    @rule(large=st.booleans(), readable=st.booleans())
    def foreign_push(self, large: bool, readable: bool) -> None:
        self._run(self.simulation.foreign_push(large=large and readable, readable=readable))

    @rule()
    def foreign_pop(self) -> None:
        self._run(self.simulation.foreign_pop())

    @rule()
    def deliver_a_delayed_request(self) -> None:
        self._run(self.simulation.deliver())

    @rule(really=st.integers(0, 4))
    def flush(self, really: int) -> None:
        if really == 0:
            self._run(self.simulation.flush())

    def teardown(self) -> None:
        try:
            assert self._run(self.simulation.differences()) == []
        finally:
            self._run(self.simulation.redis.aclose())
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


def test_the_ledger_is_exact_after_any_interleaving_on_the_fake_redis() -> None:
    play(lambda: fakeredis.FakeAsyncRedis(version=(6, 2)), 25)


def test_the_ledger_is_exact_after_any_interleaving_on_a_real_redis(
    session_redis: RedisServer,
) -> None:
    play(lambda: connect(session_redis.settings, name="interleavings"), 80)


async def everything(simulation: QueueSimulation) -> list[str]:
    """Cause every outcome that the ledger counts, at least once."""
    for _ in range(5):
        await simulation.push(0, Policy.OLDEST)
    await simulation.push(1, Policy.NEWEST)
    await simulation.push(1, Policy.OLDEST, large=True)
    await simulation.foreign_push()
    await simulation.foreign_push(large=True)
    await simulation.foreign_push(readable=False)
    await simulation.exchange(0, 2)
    await simulation.foreign_pop()
    simulation.settle(0, INFERRED)
    simulation.settle(0, DropReason.FAILED)
    simulation.fault = NetworkFault.ANSWER_LOST
    await simulation.exchange(0, 1)
    await simulation.exchange(0, 0)
    for _ in range(3):
        await simulation.push(1, Policy.OLDEST)
    await simulation.exchange(1, 2)
    await simulation.end_leases()
    await simulation.sweep()
    simulation.settle(1, INFERRED)
    await simulation.exchange(1, 0)
    simulation.die(1)
    return await simulation.differences()


async def test_the_ledger_counts_every_outcome(
    any_redis: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    simulation = QueueSimulation(any_redis)
    monkeypatch.setattr(redis_script, "run_together", simulation.network)
    assert await everything(simulation) == []


async def test_a_push_that_arrives_after_a_restart_of_its_stream_is_refused(
    any_redis: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    simulation = QueueSimulation(any_redis)
    monkeypatch.setattr(redis_script, "run_together", simulation.network)
    simulation.fault = NetworkFault.REQUEST_DELAYED
    await simulation.push(0, Policy.OLDEST)
    await simulation.push(0, Policy.OLDEST)
    simulation.restart(0)
    await simulation.push(0, Policy.OLDEST)
    await simulation.deliver()
    assert await simulation.differences() == []
    assert simulation.expected.answers["a|b c"] == {"accepted": 2, "conflict": 1}


@pytest.mark.parametrize("mutant", MUTANTS)
async def test_every_mutant_of_the_scripts_is_detected(
    mutant: str, real_redis: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    apply_mutant(monkeypatch, mutant)
    simulation = QueueSimulation(real_redis)
    monkeypatch.setattr(redis_script, "run_together", simulation.network)
    assert await everything(simulation) != []
