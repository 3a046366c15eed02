"""The viewers of every stream, and the delivery of results to them: one connection, no queues.

Each stream with viewers has one subscription, and each viewer has its own mailbox. A derived
message (without pixels, or a picture with boxes) is made once for all viewers that want it.
Delivery waits for no viewer.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

import msgspec

from apps.gateway.live.box_renderer import BoxRenderer
from apps.gateway.live.mailbox import Mailbox, RateLimit
from apps.pipeline.messages import Result, wire
from apps.pipeline.results.reorder import LatestGate
from apps.pipeline.results.result_feed import ResultFeed, renew_watches
from apps.runtime import cancellation
from apps.runtime.clock import RedisClock
from apps.runtime.connection import UNREACHABLE
from apps.runtime.errors import WireError
from apps.runtime.metrics import Metrics

if TYPE_CHECKING:
    from redis.asyncio import Redis

__all__ = ["Framing", "ResultMessage", "Viewer", "Viewers"]

#: Encodes a message for the protocol of a viewer.
Framing = Callable[[bytes], bytes]

log = logging.getLogger(__name__)

#: A watch lasts three seconds: at this interval one lost renewal does not end it.
_RENEW_SECONDS = 1.0
#: Threads that draw boxes; the other cores are for inference.
_DRAW_THREADS = 2
#: A result with an epoch further in the future is invalid: it would block its stream's results.
_MAX_AHEAD_US = 5_000_000


class _Head(msgspec.Struct, frozen=True):
    """The part of every result that the gateway decodes; the rest is skipped."""

    stream: str
    sequence: int
    epoch: int
    jpeg: msgspec.Raw = msgspec.Raw(b"\xc0")


@dataclass
class ResultMessage:
    """One result on its way to viewers."""

    message: bytes  #: as the worker sent it
    has_pixels: bool

    @cached_property
    def result(self) -> Result | None:
        """The decoded result; None if it is malformed."""
        try:
            return wire.decode(Result, self.message)
        except WireError as error:
            log.warning("results: %s", error)
            return None

    @cached_property
    def without_pixels(self) -> bytes:
        """The message without the picture."""
        if not self.has_pixels or self.result is None:
            return self.message
        return wire.encode(msgspec.structs.replace(self.result, jpeg=None))


class _SharedMessage:
    """One message for many viewers, encoded once per framing."""

    def __init__(self, message: bytes) -> None:
        self._message = message
        self._framed: dict[Framing, bytes] = {}

    def framed(self, framing: Framing) -> bytes:
        made = self._framed.get(framing)
        if made is None:
            made = self._framed[framing] = framing(self._message)
        return made


@dataclass(eq=False)
class Viewer:
    """A client that watches one stream."""

    stream: str  #: stream id
    transport: str  #: label for the metrics: `websocket`, `jpeg` or `mjpeg`
    framing: Framing  #: of its messages
    session: str = ""  #: digest of its session; empty without one
    drawn: bool = field(init=False)  #: it gets pictures with boxes drawn in, not results
    pixels: bool = True  #: it wants the picture
    mailbox: Mailbox[bytes] = field(default_factory=Mailbox)  #: its next message, ready to send
    #: set with the close code when it must be disconnected
    leave: asyncio.Future[int] = field(default_factory=asyncio.Future)

    def __post_init__(self) -> None:
        self.drawn = self.transport != "websocket"

    def disconnect(self, code: int) -> None:
        """Ask the connection to close with that code."""
        if not self.leave.done():
            self.leave.set_result(code)


class _StreamViewers:
    """All viewers of one stream."""

    def __init__(self, threads: Executor, draw: Callable[[Result], bytes]) -> None:
        self._loop = asyncio.get_running_loop()
        self.viewers: set[Viewer] = set()
        self.gate = LatestGate()
        self.renderer = BoxRenderer(threads, draw, self._deliver_picture)

    @property
    def wants_pixels(self) -> bool:
        return any(viewer.pixels for viewer in self.viewers)

    def deliver(self, result: ResultMessage) -> None:
        now = self._loop.time()
        full, light = _SharedMessage(result.message), None
        drawn = False
        for viewer in self.viewers:
            if viewer.drawn:
                drawn = True
            elif viewer.pixels:
                viewer.mailbox.put(full.framed(viewer.framing), now)
            else:
                light = light or _SharedMessage(result.without_pixels)
                viewer.mailbox.put(light.framed(viewer.framing), now)
        if drawn and result.has_pixels and result.result is not None:
            self.renderer.offer(result.result)

    def _deliver_picture(self, picture: bytes) -> None:
        now = self._loop.time()
        shared = _SharedMessage(picture)
        for viewer in self.viewers:
            if viewer.drawn:
                viewer.mailbox.put(shared.framed(viewer.framing), now)


class Viewers:
    """Every viewer of this gateway; `draw` draws the detections of a result into its picture."""

    def __init__(
        self, redis: Redis, clock: RedisClock, metrics: Metrics, draw: Callable[[Result], bytes]
    ) -> None:
        self._redis = redis
        self._clock = clock
        self._metrics = metrics
        self._threads = ThreadPoolExecutor(_DRAW_THREADS, thread_name_prefix="draw")
        self._draw = draw
        self._streams: dict[str, _StreamViewers] = {}
        self._feed = ResultFeed(redis, self.deliver)
        self._renew_now = asyncio.Event()
        self._heads = msgspec.msgpack.Decoder(_Head)

    async def run(self) -> None:
        """Receive results and renew watches, until cancelled."""
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._feed.run())
                group.create_task(self._renew())
        finally:
            self._threads.shutdown(wait=False, cancel_futures=True)

    def counts(self) -> dict[str, int]:
        """Viewers by stream id."""
        return {stream: len(entry.viewers) for stream, entry in self._streams.items()}

    def all(self) -> list[Viewer]:
        """Every viewer."""
        return [viewer for entry in self._streams.values() for viewer in entry.viewers]

    def add(self, viewer: Viewer) -> None:
        """Deliver results to the viewer from now on."""
        entry = self._streams.get(viewer.stream)
        if entry is None:
            entry = self._streams[viewer.stream] = _StreamViewers(self._threads, self._draw)
            self._feed.listen(viewer.stream)
        entry.viewers.add(viewer)
        skipped = self._metrics.counter("ei_viewer_skipped_total", viewer.transport)
        viewer.mailbox.on_skip = skipped.inc
        self._metrics.gauge("ei_viewers", viewer.transport).inc()
        self._renew_now.set()

    def remove(self, viewer: Viewer) -> None:
        """Deliver nothing more to the viewer."""
        entry = self._streams[viewer.stream]
        entry.viewers.discard(viewer)
        self._metrics.gauge("ei_viewers", viewer.transport).dec()
        if not entry.viewers:
            del self._streams[viewer.stream]
            entry.renderer.close()
            self._feed.ignore(viewer.stream)

    def set_options(self, viewer: Viewer, *, pixels: bool, max_fps: float | None) -> None:
        """Change what the viewer gets from now on."""
        pixels = pixels or viewer.drawn
        viewer.mailbox.limit = RateLimit(max_fps)
        if pixels and not viewer.pixels:
            self._renew_now.set()
        viewer.pixels = pixels

    def deliver(self, stream: str, message: bytes) -> None:
        """Deliver one result to all viewers of its stream, unless it is late or malformed."""
        entry = self._streams.get(stream)
        if entry is None:
            return
        try:
            head = self._heads.decode(message)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            log.warning("results of %s: not a result: %s", stream, error)
            return
        if head.stream != stream or head.epoch > self._clock.now() + _MAX_AHEAD_US:
            return
        if not entry.gate.passes(head.epoch, head.sequence):
            self._metrics.counter("ei_results_late_total", stream.rpartition(":")[2]).inc()
            return
        has_pixels = bytes(memoryview(head.jpeg)[:1]) != b"\xc0"
        entry.deliver(ResultMessage(message, has_pixels=has_pixels))

    async def _renew(self) -> None:
        while True:
            cancellation.heed()
            self._renew_now.clear()
            wanted = [name for name, entry in self._streams.items() if entry.wants_pixels]
            try:
                if wanted:
                    await renew_watches(self._redis, wanted)
            except UNREACHABLE as error:
                log.debug("watches: %s", error)
            try:
                async with asyncio.timeout(_RENEW_SECONDS):
                    await self._renew_now.wait()
            except TimeoutError:
                continue
