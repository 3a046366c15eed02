"""A real stream whose states and frames a test watches."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from apps.pipeline.live_queue.frame_queue import PushAnswer, Pushed
from apps.pipeline.messages import Frame, SourceState
from apps.runtime.clock import RedisClock
from apps.runtime.metrics import Metrics
from apps.streams.source import Wish
from apps.streams.source_spec import parse_source
from apps.streams.sources.factory import source_of
from apps.streams.stream import Stream, StreamPlan

__all__ = ["WatchedStream", "watched"]


class WatchedStream:
    """A stream, its frames, and when it came into which state."""

    def __init__(self, source: str, allow: tuple[str, ...], fps: float) -> None:
        self.frames: list[Frame] = []
        self.states: list[tuple[float, SourceState]] = []
        spec = parse_source(source)
        plan = StreamPlan(
            name="door",
            source=source_of(spec, Wish(allow=allow, fps=fps)),
            pushes={"face": self._push},
            shown=spec.shown,
            kind=spec.kind,
            fps=fps,
        )
        self.stream = Stream(plan, RedisClock(), Metrics(), self._note)

    @property
    def error(self) -> str:
        return self.stream.infos()[0].error

    async def within(self, seconds: float, state: SourceState) -> float:
        """Wait for the state; how long it took, seconds.

        Raises:
            TimeoutError: it did not come in time.
        """
        began = time.monotonic()
        while self.stream.state is not state:
            took = time.monotonic() - began
            if took > seconds:
                reason = f"{self.stream.state} for {took:.1f} s: {self.error}"
                raise TimeoutError(reason)
            await asyncio.sleep(0.01)
        return time.monotonic() - began

    def _note(self) -> None:
        self.states.append((time.monotonic(), self.stream.state))

    async def _push(self, frame: Frame) -> Pushed:
        self.frames.append(frame)
        return Pushed(PushAnswer.ACCEPTED, 1)


@asynccontextmanager
async def watched(
    source: str, allow: tuple[str, ...] = ("127.0.0.0/8",), fps: float = 0.0
) -> AsyncIterator[WatchedStream]:
    """The stream of a source, running for as long as the block lasts."""
    made = WatchedStream(source, allow, fps)
    clock_is_set = asyncio.Event()
    clock_is_set.set()
    made.stream.start(clock_is_set)
    try:
        yield made
    finally:
        await made.stream.stop()
