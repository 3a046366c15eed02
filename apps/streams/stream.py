"""One stream: a source whose frames are encoded once and pushed to the queue of each task."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable, Mapping
from functools import partial

from apps.pipeline.live_queue.frame_queue import Pushed
from apps.pipeline.live_queue.settings import Policy
from apps.pipeline.messages import Frame, SourceState, StreamInfo, stream_id
from apps.runtime.clock import RedisClock
from apps.runtime.metrics import Metrics
from apps.runtime.monotonic import monotonic_us
from apps.streams.capture.capture import Capture
from apps.streams.capture.lifecycle import CaptureTimeouts, Lifecycle
from apps.streams.capture.rate import FrameRateMeter, longest_silence
from apps.streams.capture.stop_signal import StopSignal
from apps.streams.capture.supervisor import SourceSupervisor
from apps.streams.feed import Feed
from apps.streams.restarting import restarting
from apps.streams.source_counters import SourceCounters, SourceDrop
from apps.streams.stream_plan import StreamPlan
from apps.vision.video.picture import CapturedPicture

__all__ = ["Push", "RunningStream"]

#: Seconds that a stopped stream gets to push its pending frames.
_DRAIN_SECONDS = 2.0

#: Pushes a frame to the queue of one task.
Push = Callable[[Frame], Awaitable[Pushed]]


class RunningStream:
    """One stream; also the `Receiver` of its capture thread."""

    def __init__(
        self,
        plan: StreamPlan,
        pushes: Mapping[str, Push],
        clock: RedisClock,
        metrics: Metrics,
        on_change: Callable[[], None],
    ) -> None:
        """Create it in the event loop that will run it; `start` starts it.

        `pushes` are by task; `on_change` is called after the state of the source changed.
        """
        self.plan = plan
        self.epoch = 0
        self._clock = clock
        self._metrics = metrics
        self._feeds: list[Feed] = []
        for task, push in pushes.items():
            counters = SourceCounters(stream_id.join(plan.name, task), task, metrics)
            self._feeds.append(Feed(plan.name, task, push, counters))
        timeouts = CaptureTimeouts(silent_seconds=longest_silence(plan.fps))
        self._supervisor = SourceSupervisor(
            plan.name, Lifecycle(timeouts), self._open, on_change, self._count_error
        )
        self._lock = threading.Lock()
        self._sequence = 0
        self._size = (0, 0)
        self._captured_us = 0
        self._meter = FrameRateMeter()
        self._counted_openings = 1
        self._tasks: list[asyncio.Task[None]] = []

    @property
    def ids(self) -> list[str]:
        """Stream ids, one per task."""
        return [stream_id.join(self.plan.name, feed.task) for feed in self._feeds]

    @property
    def state(self) -> SourceState:
        """State of the source."""
        return self._supervisor.lifecycle.state

    def start(self, clock_is_set: asyncio.Event) -> None:
        """Open the source; push as soon as Redis' clock is known, which gives the epoch."""
        name = self.plan.name
        self._tasks = [
            asyncio.create_task(restarting(name, self._supervisor.run, self._count_error)),
            asyncio.create_task(self._push_all(clock_is_set)),
        ]

    def pause(self) -> None:
        """Close the source until `resume`."""
        self._supervisor.pause()

    def resume(self) -> None:
        """Open the source again."""
        self._supervisor.resume()

    async def stop(self) -> None:
        """Close the source, push the pending frames while Redis takes them, and count the rest."""
        supervising, pushing = self._tasks
        supervising.cancel()
        await asyncio.gather(supervising, return_exceptions=True)
        for feed in self._feeds:
            feed.close()
        # nothing can be pushed before the epoch is known
        await asyncio.wait({pushing}, timeout=_DRAIN_SECONDS if self.epoch else 0)
        pushing.cancel()
        await asyncio.gather(pushing, return_exceptions=True)
        for feed in self._feeds:
            feed.drop_pending()

    def remove_metrics(self) -> None:
        """Remove the stream's series from the metrics."""
        for identity, feed in zip(self.ids, self._feeds, strict=True):
            feed.counters.close()
            self._metrics.gauge("ei_source_up").remove(identity, feed.task)
            self._metrics.counter("ei_source_restarts_total").remove(identity, feed.task)

    def infos(self) -> list[StreamInfo]:
        """The registry's entries, one per task."""
        lifecycle = self._supervisor.lifecycle
        now = monotonic_us()
        with self._lock:
            size, fps = self._size, self._meter.fps(now)
            captured_at = self._clock.at(self._captured_us) if self._captured_us else 0
        infos = []
        for identity, feed in zip(self.ids, self._feeds, strict=True):
            counts = feed.counters.counts
            info = StreamInfo(
                id=identity, name=self.plan.name, task=feed.task, epoch=self.epoch,
                state=lifecycle.state, source=self.plan.shown, kind=self.plan.kind,
                error=lifecycle.error or feed.error, width=size[0], height=size[1],
                fps=round(fps, 2), captured=counts.captured, pushed=counts.pushed,
                dropped=counts.dropped, last_captured_at=captured_at, conflict=feed.conflict,
            )  # fmt: skip
            infos.append(info)
        return infos

    def update_metrics(self) -> None:
        """Set the metrics that follow from the state of the source."""
        lifecycle = self._supervisor.lifecycle
        reopened = max(0, lifecycle.openings - self._counted_openings)
        self._counted_openings += reopened
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

    def wait_for_space(self, stop: StopSignal) -> None:
        """See `Receiver`: with policy block a recording waits for the queues; a camera cannot."""
        if self.plan.policy is not Policy.BLOCK or self.plan.source.live:
            return
        for feed in self._feeds:
            while not stop.requested and not feed.has_space(0.1):
                pass

    def _open(self, notify: Callable[[], None]) -> Capture:
        plan = self.plan
        return Capture(plan.source, self, form=plan.form, fps=plan.fps, notify=notify)

    async def _push_all(self, clock_is_set: asyncio.Event) -> None:
        await clock_is_set.wait()
        self.epoch = self._clock.now()
        runs = (partial(feed.run, self.epoch, self._clock.at) for feed in self._feeds)
        await asyncio.gather(*(restarting(self.plan.name, run, self._count_error) for run in runs))

    def _count_error(self) -> None:
        self._metrics.counter("ei_service_errors_total", "streams").inc()
