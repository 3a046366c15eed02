"""The streams of one process: added, paused and removed at run time, and kept in the registry."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING

from apps.pipeline.live_queue.frame_queue import FrameQueue, Pushed
from apps.pipeline.live_queue.settings import LiveSettings, Policy
from apps.pipeline.messages import Frame, SourceState, stream_id
from apps.pipeline.registry.heartbeats import BEAT_SECONDS, Registry
from apps.runtime import cancellation
from apps.runtime.clock import RedisClock
from apps.runtime.connection import UNREACHABLE
from apps.runtime.errors import SourceError
from apps.streams.stream import Push, RunningStream
from apps.streams.stream_plan import StreamPlan

if TYPE_CHECKING:
    from redis.asyncio import Redis

    from apps.runtime.service import Service

__all__ = ["StreamSet"]

#: Shortest time between two heartbeats, seconds, however often states change.
_SHORTEST_BEAT = 0.05


class StreamSet:
    """The streams of this process, by name, and the queues that they push to."""

    def __init__(self, service: Service, redis: Redis, live: LiveSettings) -> None:
        self._service = service
        self._redis = redis
        self._live = live
        self._clock = RedisClock()
        self._registry = Registry(redis, self._clock)
        self._queues: dict[str, FrameQueue] = {}
        self._streams: dict[str, RunningStream] = {}
        self._clock_is_set = asyncio.Event()
        self._changed = asyncio.Event()

    @property
    def clock(self) -> RedisClock:
        """Redis' clock."""
        return self._clock

    @property
    def streams(self) -> dict[str, RunningStream]:
        """The streams, by name."""
        return dict(self._streams)

    def add(self, plan: StreamPlan) -> RunningStream:
        """Start a stream.

        Raises:
            SourceError: a stream of this name exists.
            WireError: its name, or the name of a task, is malformed.
        """
        stream_id.check_name(plan.name)
        pushes = {stream_id.check_task(task): self._push(task, plan.policy) for task in plan.tasks}
        if plan.name in self._streams:
            raise SourceError(f"A stream named {plan.name} exists already: choose another name")
        stream = RunningStream(plan, pushes, self._clock, self._service.metrics, self._changed.set)
        self._streams[plan.name] = stream
        stream.start(self._clock_is_set)
        self._changed.set()
        return stream

    async def remove(self, name: str) -> None:
        """Stop a stream and remove its registry entries; an unknown name does nothing."""
        stream = self._streams.pop(name, None)
        if stream is None:
            return
        await stream.stop()
        stream.remove_metrics()
        for identity in stream.ids:
            self._service.health.met(f"stream {identity}")
        with contextlib.suppress(*UNREACHABLE):  # the entries expire without heartbeats
            await self._unregister(stream)

    async def close(self) -> None:
        """Stop and remove every stream."""
        await asyncio.gather(*(self.remove(name) for name in self._streams.copy()))

    async def beat(self) -> None:
        """Report the state of every stream to health, metrics and the registry once."""
        self._changed.clear()
        for stream in self._streams.values():
            stream.update_metrics()
            for identity in stream.ids:
                self._update_health(identity, stream.state)
        try:
            await self._clock.synchronise(self._redis)
            self._clock_is_set.set()
            for stream in list(self._streams.values()):
                await self._update_registry(stream)
        except UNREACHABLE as error:
            self._service.redis_is_down(error)
        else:
            self._service.redis_is_up()

    async def run(self) -> None:
        """Beat every second, and immediately when a state changes, until cancelled."""
        while True:
            cancellation.heed()
            await self.beat()
            await asyncio.sleep(_SHORTEST_BEAT)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(BEAT_SECONDS - _SHORTEST_BEAT):
                    await self._changed.wait()

    def _push(self, task: str, policy: Policy) -> Push:
        if task not in self._queues:
            self._queues[task] = FrameQueue(self._redis, task, self._live)
        queue = self._queues[task]

        async def push(frame: Frame) -> Pushed:
            return await queue.push(frame, policy)

        return push

    async def _update_registry(self, stream: RunningStream) -> None:
        for info in stream.infos():
            if info.conflict:
                # the entry belongs to the other stream; two writers would overwrite each other
                await self._registry.report_conflict(info.id)
            else:
                await self._registry.beat_stream(info)

    async def _unregister(self, stream: RunningStream) -> None:
        """Remove the stream's entries, unless a later start of the same name wrote them."""
        ids = set(stream.ids)
        for info in await self._registry.streams():
            if info.id in ids and info.epoch <= stream.epoch:
                await self._registry.remove_stream(info.id)

    def _update_health(self, identity: str, state: SourceState) -> None:
        condition = f"stream {identity}"
        if state in {SourceState.CONNECTING, SourceState.OFFLINE}:
            self._service.health.unmet(condition, state.value)
        else:
            self._service.health.met(condition)
