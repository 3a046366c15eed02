"""The autoscaler of the local runner while Redis does not respond."""

from __future__ import annotations

import asyncio
import contextlib
import logging

import fakeredis
import pytest

from apps.local.elastic import Elastic
from apps.local.processes.fleet import Fleet, WorkerPlan
from apps.runtime.clock import RedisClock
from apps.scaling.hpa_policy import HpaPolicy, MetricTarget

POLICY = HpaPolicy("x", MetricTarget("External", "AverageValue", "x", (), 800), 1, 4)


def elastic_without_redis(*, time_scale: float) -> Elastic:
    server = fakeredis.FakeServer()
    server.connected = False
    redis = fakeredis.FakeAsyncRedis(server=server)
    plan = WorkerPlan("people", [], {}, [0], 1)
    fleet = Fleet(plan, owned=[], on_log=lambda _name, _line: None)
    return Elastic(
        redis, RedisClock(), POLICY, {"people": fleet},
        total=4, time_scale=time_scale, say=lambda _text: None,
    )  # fmt: skip


async def test_an_outage_of_redis_is_logged_once_in_ten_seconds(
    caplog: pytest.LogCaptureFixture,
) -> None:
    elastic = elastic_without_redis(time_scale=150)  # a decision every 0.1 s
    with caplog.at_level(logging.WARNING), contextlib.suppress(TimeoutError):
        await asyncio.wait_for(elastic.run(), 1.0)
    assert [record.getMessage() for record in caplog.records] == [
        "Autoscaler: Redis is not responding: FakeRedis is emulating a connection error."
    ]


async def test_an_outage_of_redis_does_not_make_the_loop_spin(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    elastic = elastic_without_redis(time_scale=150)
    attempts = 0

    async def observe() -> None:
        nonlocal attempts
        attempts += 1
        raise ConnectionError

    monkeypatch.setattr(elastic, "_observe", observe)
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(elastic.run(), 1.0)
    assert 5 <= attempts <= 15  # a decision every 0.1 s
