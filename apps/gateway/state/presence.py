"""Which streams there are, and how each of them is.

A stream is there while its source beats, while frames of its name arrive in the queue (a foreign
producer knows no heartbeat), or while an admin wants it; for a minute more it is shown offline, so
that nobody wonders where a tile went.
"""

from __future__ import annotations

from dataclasses import dataclass

from apps.gateway.state.moment import Moment
from apps.pipeline.live_queue.ledger import StreamLedger
from apps.pipeline.messages import SourceState, StreamInfo, WorkerState, stream_id
from apps.runtime.errors import WireError

__all__ = ["Presence", "Roll"]

#: A stream that is well and gives no result for this long is stale.
_STALE_US = 3_000_000
#: Foreign frames that stop for this long are a stream that is offline.
_QUIET_US = 4_000_000
#: A stream that is gone is shown offline for this long.
_REMEMBER_US = 60_000_000

#: A wanted stream that nobody runs yet is connecting for this long.
_TAKING_US = 5_000_000

_NO_WORKERS = "no worker serves this task: start one, or wait for the autoscaler"
_SILENT = "its source says nothing any more"
_FOREIGN_SILENT = "no frame arrives any more"
_NOT_TAKEN = "no streams service has started it yet"
_CONFLICT = "another live source uses the same name: rename one of them"


@dataclass
class Presence:
    """One stream, as this gateway remembers it.

    Attributes:
        id: stream id.
        name: stream name.
        task: task name.
        info: the last heartbeat; None for foreign streams.
        beating: the heartbeat is of now.
        managed: an admin wants it.
        dismissed: an admin wanted it, and does not any more.
        state: as `GET /api/streams` says.
        since: when it came into this state, microseconds of Redis' clock.
        error: why it is not well.
        entered_at: when it was first there.
        seen_at: last heartbeat or arrival of a frame.
        inferred_at: when its count of inferred frames last grew.
    """

    id: str
    name: str
    task: str
    info: StreamInfo | None = None
    beating: bool = False
    managed: bool = False
    dismissed: bool = False
    state: str = ""
    since: int = 0
    error: str = ""
    entered_at: int = 0
    seen_at: int = 0
    inferred_at: int = 0
    pushed: int = 0
    inferred: int = 0


class Roll:
    """The roll of streams, called once a second."""

    def __init__(self) -> None:
        self._present: dict[str, Presence] = {}
        self._ledger_ids: dict[str, str] = {}
        self._counts: dict[tuple[str, str], tuple[int, int]] = {}

    def call(self, moment: Moment) -> list[Presence]:
        """Bring the roll up to date; every stream that is there, by id."""
        for presence in self._present.values():
            presence.beating = False
            was_managed, presence.managed = presence.managed, presence.name in moment.wanted
            presence.dismissed = not presence.managed and (was_managed or presence.dismissed)
        self._hear(moment)
        self._expect(moment)
        self._count(moment)
        ready = {info.task for info in moment.workers if info.state is WorkerState.READY}
        for presence in self._present.values():
            _judge(presence, moment.at, has_workers=presence.task in ready)
        self._forget(moment.at)
        return sorted(self._present.values(), key=lambda presence: presence.id)

    def _hear(self, moment: Moment) -> None:
        for info in moment.streams:
            presence = self._present.get(info.id)
            if presence is None:
                presence = self._enter(info.id, info.name, info.task, moment)
            presence.info, presence.beating, presence.seen_at = info, True, moment.at

    def _expect(self, moment: Moment) -> None:
        for wanted in moment.wanted.values():
            for task in wanted.tasks:
                identity = _identity(wanted.name, task)
                if identity and identity not in self._present:
                    self._enter(identity, wanted.name, task, moment)

    def _enter(self, identity: str, name: str, task: str, moment: Moment) -> Presence:
        presence = Presence(identity, name, task, since=moment.at, inferred_at=moment.at)
        presence.entered_at = moment.at
        presence.managed = name in moment.wanted
        presence.pushed, presence.inferred = self._counts.get((task, name), (0, 0))
        self._present[identity] = presence
        return presence

    def _count(self, moment: Moment) -> None:
        for task, ledger in moment.ledgers.items():
            fresh = self._ledger_ids.get(task) != ledger.id
            self._ledger_ids[task] = ledger.id
            for name, line in ledger.streams.items():
                self._count_one(task, name, line, moment, fresh=fresh)

    def _count_one(
        self, task: str, name: str, line: StreamLedger, moment: Moment, *, fresh: bool
    ) -> None:
        pushed, inferred = self._counts.get((task, name), (0, 0))
        self._counts[task, name] = (line.pushed, line.inferred)
        if fresh:  # the first look says nothing about when
            return
        identity = _identity(name, task)
        presence = self._present.get(identity)
        if presence is None and identity and line.pushed > pushed:
            presence = self._enter(identity, name, task, moment)
        if presence is None:
            return
        if presence.info is None and line.pushed > pushed:
            presence.seen_at = moment.at
        if line.inferred > inferred:
            presence.inferred_at = moment.at
        presence.pushed, presence.inferred = line.pushed, line.inferred

    def _forget(self, now: int) -> None:
        for presence in list(self._present.values()):
            if presence.managed or presence.beating:
                continue
            if presence.dismissed or now - presence.seen_at > _REMEMBER_US:
                del self._present[presence.id]


def _identity(name: str, task: str) -> str:
    """The stream id; empty for bytes that are no name: those are in the ledger, not on the wall."""
    try:
        return stream_id.join(name, task)
    except WireError:
        return ""


def _judge(presence: Presence, now: int, *, has_workers: bool) -> None:
    state, error, since = _state(presence, now, has_workers=has_workers)
    if state != presence.state:
        presence.since = since
        if state == "live":
            presence.inferred_at = max(presence.inferred_at, now)
    presence.state, presence.error = state, error


def _state(presence: Presence, now: int, *, has_workers: bool) -> tuple[str, str, int]:
    """State, reason, and since when if it is new."""
    info = presence.info
    if info is not None and presence.beating:
        if info.state is not SourceState.LIVE:
            return info.state.value, info.error, now
        error = _CONFLICT if info.conflict else info.error
        return _flow(presence, now, error, info.fps, has_workers=has_workers)
    if info is None and presence.seen_at and now - presence.seen_at < _QUIET_US:
        return _flow(presence, now, "", 0.0, has_workers=has_workers)
    since = presence.seen_at or now
    if presence.managed and not presence.seen_at:
        if now - presence.entered_at < _TAKING_US:
            return "connecting", "", now
        return "offline", _NOT_TAKEN, now
    return "offline", _FOREIGN_SILENT if info is None else _SILENT, since


def _flow(
    presence: Presence, now: int, error: str, fps: float, *, has_workers: bool
) -> tuple[str, str, int]:
    if not has_workers:
        return "no_workers", error or _NO_WORKERS, now
    patience = max(_STALE_US, int(2.5e6 / fps)) if fps > 0 else _STALE_US
    came_back = presence.state not in {"live", "stale"}
    if not came_back and now - presence.inferred_at > patience:
        return "stale", error or "no result comes although its source is well", now
    return "live", error, now
