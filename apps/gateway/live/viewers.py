"""Who watches which stream, and how a result reaches them: one listening connection, no queue.

Each stream that anybody watches has an audience, each viewer of it a mailbox of its own; whatever
has to be made from a result (the message without pixels, the picture with boxes) is made once for
all who want it. Nothing here waits for a viewer.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from concurrent.futures import Executor, ThreadPoolExecutor
from functools import cached_property
from typing import TYPE_CHECKING

import msgspec

from apps.gateway.live.mailbox import Mailbox, Pace
from apps.gateway.live.painter import Painter
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

__all__ = ["Envelope", "Parcel", "Viewer", "Viewers"]

#: Wraps a message for the way in which it travels.
Envelope = Callable[[bytes], bytes]

log = logging.getLogger(__name__)

#: A watch lasts three seconds: renewed this often, one lost renewal does not end it.
_RENEW_SECONDS = 1.0
#: Threads that draw boxes; the rest of the machine is for those who infer.
_DRAWERS = 2
#: An epoch further ahead than this is made up, and would silence the true source.
_AHEAD_US = 5_000_000


class _Head(msgspec.Struct, frozen=True):
    """What the gateway reads of every result; the rest is skipped, not decoded."""

    stream: str
    sequence: int
    epoch: int
    jpeg: msgspec.Raw = msgspec.Raw(b"\xc0")


class Parcel:
    """One result on its way to viewers.

    Attributes:
        message: as the worker sent it.
        has_pixels: the picture is in it.
    """

    def __init__(self, message: bytes, *, has_pixels: bool) -> None:
        self.message = message
        self.has_pixels = has_pixels

    @cached_property
    def result(self) -> Result | None:
        """The result, decoded; None if it is none."""
        try:
            return wire.decode(Result, self.message)
        except WireError as error:
            log.warning("results: %s", error)
            return None

    @cached_property
    def light(self) -> bytes:
        """The message without pixels."""
        if not self.has_pixels or self.result is None:
            return self.message
        return wire.encode(msgspec.structs.replace(self.result, jpeg=None))


class _Packed:
    """One message for many, put into each envelope once."""

    def __init__(self, message: bytes) -> None:
        self._message = message
        self._made: dict[Envelope, bytes] = {}

    def into(self, envelope: Envelope) -> bytes:
        made = self._made.get(envelope)
        if made is None:
            made = self._made[envelope] = envelope(self._message)
        return made


class Viewer:
    """Somebody who watches one stream.

    Attributes:
        stream: stream id.
        transport: how they watch, for the metrics: `websocket`, `jpeg` or `mjpeg`.
        envelope: what their messages travel in.
        drawn: they want pictures with boxes drawn in, not results.
        pixels: they want the picture.
        mailbox: what they get next, ready to send.
        leave: set when they must go, with the close code.
        session: digest of the session by which they came in; empty without one.
    """

    def __init__(self, stream: str, transport: str, envelope: Envelope, session: str = "") -> None:
        self.stream = stream
        self.transport = transport
        self.envelope = envelope
        self.drawn = transport != "websocket"
        self.pixels = True
        self.mailbox: Mailbox[bytes] = Mailbox()
        self.leave: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self.session = session

    def send_away(self, code: int) -> None:
        """Ask the connection to close with that code."""
        if not self.leave.done():
            self.leave.set_result(code)


class _Audience:
    """All viewers of one stream."""

    def __init__(self, threads: Executor, draw: Callable[[Result], bytes]) -> None:
        self._loop = asyncio.get_running_loop()
        self.viewers: set[Viewer] = set()
        self.gate = LatestGate()
        self.painter = Painter(threads, draw, self._hang)

    @property
    def wants_pixels(self) -> bool:
        return any(viewer.pixels for viewer in self.viewers)

    def show(self, parcel: Parcel) -> None:
        now = self._loop.time()
        full, light = _Packed(parcel.message), None
        drawn = False
        for viewer in self.viewers:
            if viewer.drawn:
                drawn = True
            elif viewer.pixels:
                viewer.mailbox.put(full.into(viewer.envelope), now)
            else:
                light = light or _Packed(parcel.light)
                viewer.mailbox.put(light.into(viewer.envelope), now)
        if drawn and parcel.has_pixels and parcel.result is not None:
            self.painter.offer(parcel.result)

    def _hang(self, picture: bytes) -> None:
        now = self._loop.time()
        packed = _Packed(picture)
        for viewer in self.viewers:
            if viewer.drawn:
                viewer.mailbox.put(packed.into(viewer.envelope), now)


class Viewers:
    """Every viewer of this gateway."""

    def __init__(
        self, redis: Redis, clock: RedisClock, metrics: Metrics, draw: Callable[[Result], bytes]
    ) -> None:
        self._redis = redis
        self._clock = clock
        self._metrics = metrics
        self._threads = ThreadPoolExecutor(_DRAWERS, thread_name_prefix="draw")
        self._draw = draw
        self._audiences: dict[str, _Audience] = {}
        self._feed = ResultFeed(redis, self.deliver)
        self._asked = asyncio.Event()
        self._heads = msgspec.msgpack.Decoder(_Head)

    async def run(self) -> None:
        """Listen and ask for pixels, until cancelled."""
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._feed.run())
                group.create_task(self._renew())
        finally:
            self._threads.shutdown(wait=False, cancel_futures=True)

    def counts(self) -> dict[str, int]:
        """Viewers by stream id."""
        return {stream: len(audience.viewers) for stream, audience in self._audiences.items()}

    def everybody(self) -> list[Viewer]:
        """Every viewer."""
        return [viewer for audience in self._audiences.values() for viewer in audience.viewers]

    def enter(self, viewer: Viewer) -> None:
        """From now on the viewer gets what they want."""
        audience = self._audiences.get(viewer.stream)
        if audience is None:
            audience = self._audiences[viewer.stream] = _Audience(self._threads, self._draw)
            self._feed.listen(viewer.stream)
        audience.viewers.add(viewer)
        viewer.mailbox.on_skip = self._metrics.counter(
            "ei_viewer_skipped_total", viewer.transport
        ).inc
        self._metrics.gauge("ei_viewers", viewer.transport).inc()
        self._asked.set()

    def leave(self, viewer: Viewer) -> None:
        """The viewer is gone."""
        audience = self._audiences[viewer.stream]
        audience.viewers.discard(viewer)
        self._metrics.gauge("ei_viewers", viewer.transport).dec()
        if not audience.viewers:
            del self._audiences[viewer.stream]
            audience.painter.close()
            self._feed.ignore(viewer.stream)

    def wish(self, viewer: Viewer, *, pixels: bool, max_fps: float | None) -> None:
        """The viewer wants something else from now on."""
        pixels = pixels or viewer.drawn
        viewer.mailbox.pace = Pace(max_fps)
        if pixels and not viewer.pixels:
            self._asked.set()
        viewer.pixels = pixels

    def deliver(self, stream: str, message: bytes) -> None:
        """Hand one result of a stream to all who watch it, unless it is late or none."""
        audience = self._audiences.get(stream)
        if audience is None:
            return
        try:
            head = self._heads.decode(message)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            log.warning("results of %s: not a result: %s", stream, error)
            return
        if head.stream != stream or head.epoch > self._clock.now() + _AHEAD_US:
            return
        if not audience.gate.passes(head.epoch, head.sequence):
            self._metrics.counter("ei_results_late_total", stream.rpartition(":")[2]).inc()
            return
        audience.show(Parcel(message, has_pixels=bytes(memoryview(head.jpeg)[:1]) != b"\xc0"))

    async def _renew(self) -> None:
        while True:
            cancellation.heed()
            self._asked.clear()
            wanted = [name for name, them in self._audiences.items() if them.wants_pixels]
            try:
                if wanted:
                    await renew_watches(self._redis, wanted)
            except UNREACHABLE as error:
                log.debug("watches: %s", error)
            try:
                async with asyncio.timeout(_RENEW_SECONDS):
                    await self._asked.wait()
            except TimeoutError:
                continue
