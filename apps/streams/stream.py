"""One stream: a source, encoded once, and its way into the queue of each of its tasks."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from apps.pipeline.live_queue.frame_queue import Pushed
from apps.pipeline.live_queue.settings import Policy
from apps.pipeline.messages import Frame, SourceState, StreamInfo, stream_id
from apps.runtime.clock import RedisClock
from apps.runtime.metrics import Metrics
from apps.runtime.monotonic import monotonic_us
from apps.streams.books import Books, SourceDrop
from apps.streams.capture import Capture
from apps.streams.feed import Feed
from apps.streams.lifecycle import Lifecycle, Patience
from apps.streams.rate import RateMeter, longest_silence
from apps.streams.source import Source
from apps.streams.stop_sign import StopSign
from apps.streams.supervisor import Supervisor
from apps.vision.video.picture import CapturedPicture, PictureForm

__all__ = ["Stream", "StreamPlan"]

log = logging.getLogger(__name__)

#: Seconds that a stopped stream gets to push what it still holds.
_DRAIN_SECONDS = 2.0
#: Seconds between two tries after an error that nobody expected.
_RESTART_SECONDS = 1.0

Push = Callable[[Frame], Awaitable[Pushed]]


@dataclass(frozen=True)
class StreamPlan:
    """What a stream is made of.

    Attributes:
        name: stream name.
        source: what gives the pictures.
        pushes: what takes the frames, by task.
        shown: the source's address for people, without credentials.
        kind: of the source, as in `StreamInfo`.
        fps: pictures per second at most, when the source is live; 0 for all.
        form: of the pictures.
        policy: of full queues.
    """

    name: str
    source: Source
    pushes: dict[str, Push]
    shown: str = ""
    kind: str = ""
    fps: float = 0.0
    form: PictureForm = field(default_factory=PictureForm)
    policy: Policy = Policy.OLDEST

    @property
    def patience(self) -> Patience:
        """How long it may be silent: a slow source longer than others."""
        return Patience(silent_seconds=longest_silence(self.fps))


class Stream:
    """One stream; also the `Receiver` of its capture thread."""

    def __init__(
        self, plan: StreamPlan, clock: RedisClock, metrics: Metrics, on_change: Callable[[], None]
    ) -> None:
        """Make it in the event loop that will run it; `start` starts it.

        Args:
            plan: what it is made of.
            clock: Redis' clock.
            metrics: of this process.
            on_change: called after its state changed.
        """
        self.plan = plan
        self.epoch = 0
        self._clock = clock
        self._metrics = metrics
        self._feeds = [
            Feed(plan.name, task, push, Books(stream_id.join(plan.name, task), task, metrics))
            for task, push in plan.pushes.items()
        ]
        self._supervisor = Supervisor(
            plan.name, Lifecycle(plan.patience), self._open, on_change, self._count_error
        )
        self._lock = threading.Lock()
        self._sequence = 0
        self._size = (0, 0)
        self._captured_us = 0
        self._meter = RateMeter()
        self._openings_told = 1
        self._tasks: list[asyncio.Task[None]] = []

    @property
    def ids(self) -> list[str]:
        """Stream ids, one per task."""
        return [stream_id.join(self.plan.name, feed.task) for feed in self._feeds]

    @property
    def state(self) -> SourceState:
        """What the source is doing."""
        return self._supervisor.lifecycle.state

    def start(self, clock_is_set: asyncio.Event) -> None:
        """Open the source; push as soon as Redis' clock is known, which gives the epoch."""
        self._tasks = [
            asyncio.create_task(self._keep(self._supervisor.run)),
            asyncio.create_task(self._push_all(clock_is_set)),
        ]

    def pause(self) -> None:
        """Close the source until `resume`."""
        self._supervisor.pause()

    def resume(self) -> None:
        """Open it again."""
        self._supervisor.resume()

    async def stop(self) -> None:
        """Close the source, push what is held while Redis takes it, and count the rest."""
        supervising, pushing = self._tasks
        supervising.cancel()
        await asyncio.gather(supervising, return_exceptions=True)
        for feed in self._feeds:
            feed.close()
        # before the epoch is known nothing can be pushed
        await asyncio.wait({pushing}, timeout=_DRAIN_SECONDS if self.epoch else 0)
        pushing.cancel()
        await asyncio.gather(pushing, return_exceptions=True)
        for feed in self._feeds:
            feed.give_up()

    def forget(self) -> None:
        """Take its lines out of the metrics."""
        for identity, feed in zip(self.ids, self._feeds, strict=True):
            feed.books.close()
            self._metrics.gauge("ei_source_up").remove(identity, feed.task)
            self._metrics.counter("ei_source_restarts_total").remove(identity, feed.task)

    def infos(self) -> list[StreamInfo]:
        """How it is, once per task."""
        lifecycle = self._supervisor.lifecycle
        now = monotonic_us()
        with self._lock:
            size, fps = self._size, self._meter.fps(now)
            captured_at = self._clock.at(self._captured_us) if self._captured_us else 0
        infos = []
        for identity, feed in zip(self.ids, self._feeds, strict=True):
            account = feed.books.account
            info = StreamInfo(
                id=identity, name=self.plan.name, task=feed.task, epoch=self.epoch,
                state=lifecycle.state, source=self.plan.shown, kind=self.plan.kind,
                error=lifecycle.error or feed.error, width=size[0], height=size[1],
                fps=round(fps, 2), captured=account.captured, pushed=account.pushed,
                dropped=account.dropped, last_captured_at=captured_at, conflict=feed.conflict,
            )  # fmt: skip
            infos.append(info)
        return infos

    def count(self) -> None:
        """Bring the gauges in line with its state."""
        lifecycle = self._supervisor.lifecycle
        reopened = max(0, lifecycle.openings - self._openings_told)
        self._openings_told += reopened
        for identity, feed in zip(self.ids, self._feeds, strict=True):
            up = self._metrics.gauge("ei_source_up", identity, feed.task)
            up.set(1 if lifecycle.state is SourceState.LIVE else 0)
            self._metrics.counter("ei_source_restarts_total", identity, feed.task).inc(reopened)

    def take(self, picture: CapturedPicture) -> None:
        """See `Receiver`."""
        with self._lock:
            sequence = self._sequence
            self._sequence += 1
            self._size = (picture.width, picture.height)
            self._captured_us = picture.captured_monotonic_us
            self._meter.count(monotonic_us())
        for feed in self._feeds:
            feed.put(sequence, picture)

    def drop(self, reason: SourceDrop) -> None:
        """See `Receiver`."""
        for feed in self._feeds:
            feed.drop(reason)

    def make_room(self, stop: StopSign) -> None:
        """See `Receiver`: a recording waits for a queue that blocks; a camera does not."""
        if self.plan.policy is not Policy.BLOCK or self.plan.source.live:
            return
        for feed in self._feeds:
            while not stop.raised and not feed.has_room(0.1):
                pass

    def _open(self, notify: Callable[[], None]) -> Capture:
        plan = self.plan
        return Capture(plan.source, self, form=plan.form, fps=plan.fps, notify=notify)

    async def _push_all(self, clock_is_set: asyncio.Event) -> None:
        await clock_is_set.wait()
        self.epoch = self._clock.now()
        await asyncio.gather(*(self._keep(self._pusher(feed)) for feed in self._feeds))

    def _pusher(self, feed: Feed) -> Callable[[], Awaitable[None]]:
        return lambda: feed.run(self.epoch, self._clock.at)

    async def _keep(self, work: Callable[[], Awaitable[None]]) -> None:
        while True:
            try:
                return await work()
            except Exception:  # the boundary of the stream's loops: logged, counted, begun anew
                log.exception("%s: an error that nobody expected", self.plan.name)
                self._count_error()
                await asyncio.sleep(_RESTART_SECONDS)

    def _count_error(self) -> None:
        self._metrics.counter("ei_service_errors_total", "streams").inc()
