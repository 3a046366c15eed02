"""Snapshots: the responses of `/api`, built once a second from an observation; plain values."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import msgspec

from apps.gateway.api import answers, bodies
from apps.gateway.state.membership import StreamMember
from apps.gateway.state.observation import Observation, RateWindow
from apps.gateway.state.percentile import merge, percentile
from apps.pipeline.live_queue.ledger import Ledger, StreamLedger
from apps.pipeline.messages import StreamLoad, WorkerInfo, WorkerState, stream_id
from apps.pipeline.registry.control import StreamWanted
from apps.runtime import addresses
from apps.runtime.errors import WireError

__all__ = ["Snapshot", "account", "build", "config_of", "expected"]

_NO_MODEL = ("", "", "", "")


@dataclass(frozen=True)
class Snapshot:
    """Everything that REST calls may read, of one observation."""

    now: int = 0  #: microseconds of Redis' clock
    streams: dict[str, answers.Stream] = field(default_factory=dict)  #: by stream id
    #: frames by place and outcome, by stream id
    accounts: dict[str, answers.Account] = field(default_factory=dict)
    #: counters of the sources, by stream id
    at_source: dict[str, answers.AtSource] = field(default_factory=dict)
    #: streams added at run time, by name
    wanted: dict[str, StreamWanted] = field(default_factory=dict)
    tasks: dict[str, answers.Task] = field(default_factory=dict)  #: by task name
    ledgers: dict[str, answers.TaskLedger] = field(default_factory=dict)  #: by task name
    workers: dict[str, list[answers.WorkerNow]] = field(default_factory=dict)  #: by task name
    problem: str = ""  #: why the snapshot is stale; empty while it is current

    def detail(self, identity: str, *, admin: bool) -> answers.StreamDetail | None:
        """One stream with its ledger; its configuration for admins only."""
        stream = self.streams.get(identity)
        if stream is None:
            return None
        wanted = self.wanted.get(stream.name) if admin else None
        return answers.StreamDetail(
            **msgspec.structs.asdict(stream),
            now=self.now,
            ledger=self.accounts.get(identity),
            at_source=self.at_source.get(identity),
            config=None if wanted is None else config_of(wanted),
        )

    def ledger(self, may_see: Callable[[str], bool]) -> answers.LedgerAnswer:
        """The ledger of every task, with the lines of the streams that the caller may see."""
        visible = [
            msgspec.structs.replace(
                ledger,
                streams={name: line for name, line in ledger.streams.items() if may_see(name)},
            )
            for ledger in self.ledgers.values()
        ]
        return answers.LedgerAnswer(now=self.now, tasks=visible)


def config_of(wanted: StreamWanted) -> bodies.StreamConfig:
    """The configuration of a wanted stream, without its password; uploads by file name."""
    source = _public(addresses.shown(wanted.source))
    return bodies.StreamConfig(
        name=wanted.name, tasks=list(wanted.tasks), source=source, fps=wanted.fps
    )


def expected(wanted: StreamWanted, task: str, now: int) -> answers.Stream:
    """A stream that was just added and has not started yet."""
    return answers.Stream(
        id=stream_id.join(wanted.name, task), name=wanted.name, task=task,
        state="paused" if wanted.paused else "connecting", since=now, error="",
        source=addresses.without_credentials(_public(wanted.source)), kind="", width=0, height=0,
        fps=0.0, inferred_fps=0.0, drop_fps=0.0, drops={}, age_p50_ms=None, age_p95_ms=None,
        watchers=0, model="", precision="", device="", better="", epoch=0,
        conflict=False, managed=True,
    )  # fmt: skip


def build(seen: Observation, window: RateWindow, members: Sequence[StreamMember]) -> Snapshot:
    """The snapshot of an observation; the window includes this observation."""
    ready = _ready_workers(seen.workers)
    loads = _loads(seen.workers)
    streams = {
        member.id: _stream(member, seen, window, ready, loads.get(member.id, []))
        for member in members
    }
    return Snapshot(
        now=seen.at,
        streams=streams,
        accounts={
            identity: account(line)
            for task, ledger in seen.ledgers.items()
            for identity, line in _identified(task, ledger)
        },
        at_source={
            info.id: msgspec.convert(info, answers.AtSource, from_attributes=True)
            for info in seen.streams
        },
        wanted=dict(seen.wanted),
        tasks={task: _task(task, seen, window, ready.get(task, [])) for task in seen.tasks},
        ledgers={task: _task_ledger(ledger) for task, ledger in sorted(seen.ledgers.items())},
        workers=_workers_now(seen.workers),
    )


def account(line: StreamLedger) -> answers.Account:
    """A line of a ledger as REST shows it."""
    return msgspec.convert(line, answers.Account, from_attributes=True)


def _identified(task: str, ledger: Ledger) -> list[tuple[str, StreamLedger]]:
    found = []
    for name, line in sorted(ledger.streams.items()):
        try:
            found.append((stream_id.join(name, task), line))
        except WireError:  # not a valid name: counted in the task's sum only
            continue
    return found


def _task_ledger(ledger: Ledger) -> answers.TaskLedger:
    return answers.TaskLedger(
        **msgspec.structs.asdict(account(ledger.total)),
        task=ledger.task,
        id=ledger.id,
        at=ledger.at,
        bytes=ledger.bytes,
        unbooked=ledger.unbooked,
        streams={identity: account(line) for identity, line in _identified(ledger.task, ledger)},
    )


def _ready_workers(workers: Sequence[WorkerInfo]) -> dict[str, list[WorkerInfo]]:
    ready: dict[str, list[WorkerInfo]] = {}
    for info in workers:
        if info.state is WorkerState.READY:
            ready.setdefault(info.task, []).append(info)
    return ready


def _loads(workers: Sequence[WorkerInfo]) -> dict[str, list[StreamLoad]]:
    loads: dict[str, list[StreamLoad]] = {}
    for info in workers:
        for identity, load in info.streams.items():
            loads.setdefault(identity, []).append(load)
    return loads


def _running(workers: Sequence[WorkerInfo]) -> tuple[str, str, str, str]:
    """Model, precision and device of most workers, and a better model if there is one."""
    kinds = Counter((info.model, info.precision, info.device, info.better) for info in workers)
    return kinds.most_common(1)[0][0] if kinds else _NO_MODEL


def _stream(
    member: StreamMember,
    seen: Observation,
    window: RateWindow,
    ready: dict[str, list[WorkerInfo]],
    loads: Sequence[StreamLoad],
) -> answers.Stream:
    info = member.info
    rates = window.rates(member.task, member.name)
    ages = merge(load.ages for load in loads)
    model, precision, device, better = _running(ready.get(member.task, []))
    ledger = seen.ledgers.get(member.task)
    line = ledger.streams.get(member.name) if ledger else None
    flowing = member.state in {"live", "stale", "no_workers"}
    size = max(((load.width, load.height) for load in loads), default=(0, 0))
    return answers.Stream(
        id=member.id,
        name=member.name,
        task=member.task,
        state=member.state,
        since=member.since,
        error=member.error,
        source=_source(member, seen),
        kind=info.kind if info else ("" if member.managed else "foreign"),
        width=(info.width if info else 0) or size[0],
        height=(info.height if info else 0) or size[1],
        fps=round((info.fps if info else rates.pushed) if flowing else 0.0, 2),
        inferred_fps=round(sum(load.inferred_fps for load in loads), 2),
        drop_fps=round(rates.dropped, 2),
        drops=dict(line.dropped) if line else {},
        age_p50_ms=percentile(ages, 0.5),
        age_p95_ms=percentile(ages, 0.95),
        watchers=seen.watchers.get(member.id, 0),
        model=model,
        precision=precision,
        device=device,
        better=better,
        epoch=info.epoch if info else 0,
        conflict=info.conflict if info else False,
        managed=member.managed,
    )


def _source(member: StreamMember, seen: Observation) -> str:
    known = member.info or seen.wanted.get(member.name)
    return addresses.without_credentials(_public(known.source)) if known else ""


def _public(source: str) -> str:
    """The source, an uploaded file by its name: its folder is not shown."""
    return "file:" + source.rpartition("/")[2] if source.startswith("/") else source


def _task(
    task: str, seen: Observation, window: RateWindow, ready: Sequence[WorkerInfo]
) -> answers.Task:
    rates = window.rates(task)
    model, precision, device, better = _running(ready)
    ledger = seen.ledgers.get(task)
    labels = next((info.labels for info in ready if info.model == model), ())
    return answers.Task(
        task=task,
        model=model,
        precision=precision,
        device=device,
        better=better,
        labels=list(labels),
        queue_depth=ledger.total.queued if ledger else 0,
        queue_bytes=ledger.bytes if ledger else 0,
        jobs=seen.jobs.get(task, 0),
        workers=len(ready),
        scale_ratio=round(sum(info.scale_ratio for info in ready), 3),
        utilisation=round(sum(info.utilisation for info in ready) / max(1, len(ready)), 3),
        inferred_fps=round(rates.inferred, 2),
        drop_fps=round(rates.dropped, 2),
    )


def _workers_now(workers: Sequence[WorkerInfo]) -> dict[str, list[answers.WorkerNow]]:
    now: dict[str, list[answers.WorkerNow]] = {}
    for info in workers:
        now.setdefault(info.task, []).append(
            answers.WorkerNow(
                id=info.id,
                host=info.host,
                state=info.state.value,
                cores=info.cores,
                utilisation=round(info.utilisation, 3),
                inferred_fps=round(info.inferred_fps, 2),
            )
        )
    return now
