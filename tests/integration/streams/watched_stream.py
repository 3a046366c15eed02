"""A real stream that records its states and frames for a test."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from apps.pipeline.live_queue.frame_queue import PushAnswer, Pushed
from apps.pipeline.messages import Frame, SourceState
from apps.runtime.clock import RedisClock
from apps.runtime.metrics import Metrics
from apps.streams.source import SourceOptions
from apps.streams.source_spec import parse_source
from apps.streams.sources.factory import source_of
from apps.streams.stream import RunningStream
from apps.streams.stream_plan import StreamPlan

__all__ = ["WatchedStream", "watched"]


class WatchedStream:
    """A stream, its frames, and the times of its state changes."""

    def __init__(self, source: str, allow: tuple[str, ...], fps: float) -> None:
        self.frames: list[Frame] = []
        self.states: list[tuple[float, SourceState]] = []
        spec = parse_source(source)
        plan = StreamPlan(
            name="door",
            tasks=("face",),
            source=source_of(spec, SourceOptions(allow=allow, fps=fps)),
            shown=spec.shown,
            kind=spec.kind,
            fps=fps,
        )
        self.stream = RunningStream(plan, {"face": self._push}, RedisClock(), Metrics(), self._note)

    @property
    def error(self) -> str:
        return self.stream.infos()[0].error

    async def within(self, seconds: float, state: SourceState) -> float:
        """Wait for the state; return how long it took, seconds.

        Raises:
            TimeoutError: the state was not reached in time.
        """
        started = time.monotonic()
        while self.stream.state is not state:
            took = time.monotonic() - started
            if took > seconds:
                reason = f"{self.stream.state} for {took:.1f} s: {self.error}"
                raise TimeoutError(reason)
            await asyncio.sleep(0.01)
        return time.monotonic() - started

    def _note(self) -> None:
        self.states.append((time.monotonic(), self.stream.state))

    async def _push(self, frame: Frame) -> Pushed:
        self.frames.append(frame)
        return Pushed(PushAnswer.ACCEPTED, 1)


@asynccontextmanager
async def watched(
    source: str, allow: tuple[str, ...] = ("127.0.0.0/8",), fps: float = 0.0
) -> AsyncIterator[WatchedStream]:
    """A stream of the source that runs during the block."""
    made = WatchedStream(source, allow, fps)
    clock_is_set = asyncio.Event()
    clock_is_set.set()
    made.stream.start(clock_is_set)
    try:
        yield made
    finally:
        await made.stream.stop()
