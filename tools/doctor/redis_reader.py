"""Reads from Redis what the checks need. It writes nothing."""

from __future__ import annotations

import asyncio
import re
import time
from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from redis.exceptions import ResponseError

from apps.pipeline import keys
from apps.pipeline.messages import SourceState, StreamInfo, WorkerInfo
from apps.pipeline.registry.heartbeats import Registry
from apps.runtime.clock import RedisClock
from apps.runtime.connection import UNREACHABLE, connect
from tools.doctor.pipeline_check import Progress, TaskFacts
from tools.doctor.redis_check import RedisFacts

if TYPE_CHECKING:
    from redis.asyncio import Redis

    from apps.runtime.settings import QueueSettings

__all__ = ["read_redis", "read_tasks", "reason_of"]

_QUEUE = "queue_"
_TASK = re.compile(r"[a-z0-9-]+")
#: Keys that are looked at when tasks of unregistered producers are searched.
_SCANNED = 2000


async def read_redis(settings: QueueSettings) -> RedisFacts:
    """`INFO` and the setting `save`; the facts hold the error when Redis does not answer."""
    address = settings.queue_socket or f"{settings.queue_host}:{settings.queue_port}"
    redis = connect(settings, name="doctor")
    try:
        await redis.ping()
        info = await _permitted(redis.info(), {})
        save = await _permitted(redis.config_get("save"), {})
    except UNREACHABLE as error:
        return RedisFacts(address, {}, error=reason_of(error))
    finally:
        await redis.aclose()
    return RedisFacts(address, info, save=save.get("save"))


def reason_of(error: Exception) -> str:
    """One phrase for an error of the client library."""
    cause = error.__cause__
    if isinstance(cause, ConnectionRefusedError):
        return "connection refused"
    return str(error).rstrip(".")


async def _permitted(call: Any, otherwise: Any) -> Any:
    """The answer of a call; `otherwise` where the user may not make it."""
    try:
        return await call
    except ResponseError:
        return otherwise


async def read_tasks(
    settings: QueueSettings, wanted: Sequence[str], seconds: float
) -> tuple[list[TaskFacts], frozenset[str]]:
    """The facts of each task, and the tasks that a local runner scales.

    Args:
        settings: where Redis is.
        wanted: tasks to look at; empty for all that have streams, workers or frames.
        seconds: how long frames and results are counted.

    Raises:
        redis.RedisError: Redis did not answer.
    """
    redis = connect(settings, name="doctor")
    try:
        clock = RedisClock()
        await clock.synchronise(redis)
        registry = Registry(redis, clock)
        streams, workers = await registry.streams(), await registry.workers()
        tasks = list(wanted) or await _tasks(redis, streams, workers)
        began = time.monotonic()
        before = {task: await _counters(redis, task) for task in tasks}
        results = await _count_results(redis, streams, tasks, seconds)
        after = {task: await _counters(redis, task) for task in tasks}
        passed = time.monotonic() - began
        streams, workers = await registry.streams(), await registry.workers()
        limits: Any = await redis.hkeys(keys.SCALING_LIMITS)
        facts = [
            TaskFacts(
                task=task,
                streams=tuple(info for info in streams if info.task == task),
                workers=tuple(info for info in workers if info.task == task),
                waiting=int(await redis.llen(keys.queue(task))),
                jobs=int(await redis.hlen(_job_index(task))),
                progress=_progress(after[task] - before[task], results[task], passed),
            )
            for task in tasks
        ]
        return facts, frozenset(name.decode() for name in limits)
    finally:
        await redis.aclose()


async def _tasks(
    redis: Redis, streams: Sequence[StreamInfo], workers: Sequence[WorkerInfo]
) -> list[str]:
    found = {info.task for info in streams} | {info.task for info in workers}
    scanned = 0
    async for key in redis.scan_iter(match=f"{_QUEUE}*", count=500):
        name = key.decode(errors="replace").removeprefix(_QUEUE)
        if _TASK.fullmatch(name):
            found.add(name)
        scanned += 1
        if scanned >= _SCANNED:
            break
    return sorted(found)


def _job_index(task: str) -> str:
    return keys.job_keys(task)[1 + keys.JOB_PARTS.index("index")]


async def _counters(redis: Redis, task: str) -> Counter[str]:
    """The sums of `pushed`, `inferred`, `dropped` and `refused` over all streams of a task."""
    ledger = keys.live_keys(task)[1 + keys.LIVE_PARTS.index("ledger")]
    sums: Counter[str] = Counter()
    fields: Any = await redis.hgetall(ledger)
    for name, value in fields.items():
        kind, separator, _ = name.partition(b"|")
        if separator:
            sums[kind.decode()] += int(value)
    return sums


def _progress(change: Counter[str], results: int, seconds: float) -> Progress:
    return Progress(
        seconds=seconds,
        pushed=change["pushed"],
        inferred=change["inferred"],
        dropped=change["dropped"],
        refused=change["refused"],
        results=results,
    )


async def _count_results(
    redis: Redis, streams: Sequence[StreamInfo], tasks: Sequence[str], seconds: float
) -> Counter[str]:
    """The results that arrive for the live streams of each task."""
    channels = {
        keys.results(info.id).encode(): info.task
        for info in streams
        if info.task in tasks and info.state is SourceState.LIVE
    }
    counted: Counter[str] = Counter()
    if not channels:
        await asyncio.sleep(seconds)
        return counted
    end = time.monotonic() + seconds
    async with redis.pubsub(ignore_subscribe_messages=True) as subscription:
        await subscription.subscribe(*channels)
        while (left := end - time.monotonic()) > 0:
            message = await subscription.get_message(timeout=left)
            if message is not None:
                counted[channels[message["channel"]]] += 1
    return counted
