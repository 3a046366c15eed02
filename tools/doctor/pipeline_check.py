"""The links of one task inside the system: source, queue, worker and results."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from apps.pipeline.messages import SourceState, StreamInfo, WorkerInfo, WorkerState
from tools.doctor.finding import ChainLink, LinkFinding, broken, fine, unchecked, warning

__all__ = ["Progress", "TaskFacts", "check_pipeline"]

#: Share of dropped frames that is worth a warning.
_MANY_DROPS = 0.05


@dataclass(frozen=True, slots=True)
class Progress:
    """What happened to the frames of a task while the doctor watched.

    Attributes:
        seconds: how long it watched.
        pushed: frames accepted by the queue.
        inferred: frames that workers finished.
        dropped: frames dropped from the queue or by workers.
        refused: frames that the queue refused.
        results: results received on the channels of the live streams.
    """

    seconds: float
    pushed: int = 0
    inferred: int = 0
    dropped: int = 0
    refused: int = 0
    results: int = 0


@dataclass(frozen=True, slots=True)
class TaskFacts:
    """What Redis holds about one task.

    Attributes:
        task: task name.
        streams: heartbeats of its streams.
        workers: heartbeats of its workers.
        waiting: frames in the queue.
        jobs: jobs that wait or are worked on.
        progress: changes while the doctor watched.
    """

    task: str
    streams: tuple[StreamInfo, ...]
    workers: tuple[WorkerInfo, ...]
    waiting: int
    jobs: int
    progress: Progress

    @property
    def live(self) -> list[StreamInfo]:
        """The streams that deliver frames."""
        return [info for info in self.streams if info.state is SourceState.LIVE]

    @property
    def ready(self) -> list[WorkerInfo]:
        """The workers that take frames."""
        return [info for info in self.workers if info.state is WorkerState.READY]


def check_pipeline(facts: TaskFacts) -> list[LinkFinding]:
    """The findings of all four links."""
    return [*_source(facts), *_queue(facts), *_worker(facts), *_results(facts)]


def _source(facts: TaskFacts) -> Iterator[LinkFinding]:
    task, live = facts.task, len(facts.live)
    failing = [info for info in facts.streams if info.state in _FAILING]
    if not facts.streams:
        if facts.progress.pushed or facts.waiting:
            yield fine(ChainLink.SOURCE, f"{task}: a producer without heartbeat pushes frames.")
        else:
            yield broken(
                ChainLink.SOURCE,
                f"{task}: no stream is registered and no frame was pushed.",
                f"Start a source: tools/run-fss.sh -v FILE -t {task}, tools/run-css.sh -t {task}, "
                "or add a stream on the dashboard.",
            )
        return
    for info in failing:
        reason = info.error or f"the source is {info.state.value}"
        make = warning if live else broken
        yield make(
            ChainLink.SOURCE,
            f"{task}: stream {info.name} is {info.state.value}: {reason}.",
            "Check that the streams service can reach the camera or file, and read its log.",
        )
    for info in facts.streams:
        if info.conflict:
            yield warning(
                ChainLink.SOURCE,
                f"{task}: two sources push under the name {info.name}.",
                "Give each source its own stream name (-s).",
            )
    if live:
        yield fine(ChainLink.SOURCE, f"{task}: {live} of {len(facts.streams)} streams are live.")
    elif not failing:
        states = ", ".join(sorted({info.state.value for info in facts.streams}))
        yield unchecked(ChainLink.SOURCE, f"{task}: all streams are {states}.", "Resume a stream.")


#: States in which a source should deliver frames and does not.
_FAILING = (SourceState.CONNECTING, SourceState.OFFLINE)


def _queue(facts: TaskFacts) -> Iterator[LinkFinding]:
    task, seen = facts.task, facts.progress
    if seen.refused and not seen.pushed:
        yield broken(
            ChainLink.QUEUE,
            f"{task}: the queue refused all {seen.refused} frames.",
            "GET /api/ledger shows the reason under refused: too large, or Redis is full.",
        )
    elif facts.live and not seen.pushed:
        yield broken(
            ChainLink.QUEUE,
            f"{task}: {len(facts.live)} streams are live, but no frame was pushed in "
            f"{seen.seconds:.0f} s.",
            "Check the queue address and password of the streams service (EI_QUEUE_HOST, "
            "EI_QUEUE_PASSWORD_FILE), and read its log.",
        )
    elif seen.pushed:
        rate = seen.pushed / seen.seconds
        yield fine(ChainLink.QUEUE, f"{task}: {rate:.1f} frames/s pushed, {facts.waiting} waiting.")
    else:
        yield unchecked(ChainLink.QUEUE, f"{task}: no frame was pushed.")


def _worker(facts: TaskFacts) -> Iterator[LinkFinding]:
    task, seen = facts.task, facts.progress
    if not facts.workers:
        yield broken(
            ChainLink.WORKER,
            f"{task}: no worker serves it; {facts.waiting} frames and {facts.jobs} jobs wait.",
            f"Start one: tools/run-ois.sh -t {task}. In a cluster look at its pods: "
            f"kubectl get pods -l ei/task={task}, then kubectl logs.",
        )
    elif not facts.ready:
        states = ", ".join(sorted({info.state.value for info in facts.workers}))
        yield broken(
            ChainLink.WORKER,
            f"{task}: {len(facts.workers)} workers, but none is ready: {states}.",
            "A worker is starting while it compiles its model; if that lasts, read its log.",
        )
    elif seen.pushed and not seen.inferred:
        yield broken(
            ChainLink.WORKER,
            f"{task}: {len(facts.ready)} workers are ready, but finished no frame in "
            f"{seen.seconds:.0f} s.",
            "Read the log of a worker: it may use another Redis, or fail to decode the frames.",
        )
    else:
        yield fine(
            ChainLink.WORKER,
            f"{task}: {len(facts.ready)} workers are ready and finish "
            f"{seen.inferred / seen.seconds:.1f} frames/s.",
        )
        if seen.dropped > _MANY_DROPS * max(seen.pushed, 1):
            yield warning(
                ChainLink.WORKER,
                f"{task}: {seen.dropped} of {seen.pushed} frames were dropped.",
                "The workers are too slow for the streams: more workers, a smaller model, or a "
                "lower fps. If the autoscaler does not react, the links below say why.",
            )


def _results(facts: TaskFacts) -> Iterator[LinkFinding]:
    task, seen = facts.task, facts.progress
    if seen.results:
        yield fine(
            ChainLink.RESULTS, f"{task}: {seen.results / seen.seconds:.1f} results/s received."
        )
    elif seen.inferred and facts.live:
        yield broken(
            ChainLink.RESULTS,
            f"{task}: workers finish frames, but no result arrived on results:<stream id>.",
            "The Redis user needs the channel results:* (docs/security.md); a proxy in between may "
            "block pub/sub.",
        )
    else:
        yield unchecked(ChainLink.RESULTS, f"{task}: no results to receive.")
