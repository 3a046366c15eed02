"""Membership of streams: which streams exist, and in which state each of them is.

A stream exists while its source sends heartbeats, while frames of its name arrive in the queue
(foreign producers send no heartbeat), or while an admin wants it. It is shown offline for one more
minute, so that its tile does not vanish without a trace.
"""

from __future__ import annotations

from dataclasses import dataclass

from apps.gateway.state.observation import Observation
from apps.pipeline.live_queue.ledger import StreamLedger
from apps.pipeline.messages import SourceState, StreamInfo, WorkerState, stream_id
from apps.runtime.errors import WireError

__all__ = ["Membership", "StreamMember"]

#: A stream whose source works is stale when it gives no result for this long.
_STALE_US = 3_000_000
#: A stream of a foreign producer is offline when no frame arrives for this long.
_QUIET_US = 4_000_000
#: A stream that ended is shown offline for this long.
_KEEP_US = 60_000_000
#: A wanted stream that does not run yet is connecting for this long.
_STARTING_US = 5_000_000

_NO_WORKERS = "No worker serves this task: start one, or wait for the autoscaler"
_NO_HEARTBEAT = "Its source no longer sends heartbeats"
_NO_FRAMES = "No frames arrive"
_NOT_STARTED = "No streams service has started it yet"
_NO_RESULT = "No result comes although its source works"
_CONFLICT = "Another live source uses the same name: rename one of them"


@dataclass
class StreamMember:
    """One stream and its state."""

    id: str  #: stream id
    name: str  #: stream name
    task: str  #: task name
    info: StreamInfo | None = None  #: the last heartbeat; None for foreign streams
    beating: bool = False  #: the last observation has its heartbeat
    managed: bool = False  #: an admin wants it
    dismissed: bool = False  #: an admin removed it
    state: str = ""  #: as in `GET /api/streams`
    since: int = 0  #: when it entered this state, microseconds of Redis' clock
    error: str = ""  #: why it does not work; empty while it does
    entered_at: int = 0  #: when it was first observed
    seen_at: int = 0  #: last heartbeat or arrival of a frame
    inferred_at: int = 0  #: when its count of inferred frames last grew
    pushed: int = 0  #: frames that its queue accepted
    inferred: int = 0  #: frames with a result


class Membership:
    """The streams that exist, updated once a second."""

    def __init__(self) -> None:
        self._members: dict[str, StreamMember] = {}
        self._ledger_ids: dict[str, str] = {}
        self._counts: dict[tuple[str, str], tuple[int, int]] = {}

    def update(self, seen: Observation) -> list[StreamMember]:
        """Apply an observation; every stream that exists, sorted by id."""
        for member in self._members.values():
            member.beating = False
            was_managed, member.managed = member.managed, member.name in seen.wanted
            member.dismissed = not member.managed and (was_managed or member.dismissed)
        self._add_heartbeats(seen)
        self._add_wanted(seen)
        self._add_counted(seen)
        ready = {info.task for info in seen.workers if info.state is WorkerState.READY}
        for member in self._members.values():
            _set_state(member, seen.at, has_workers=member.task in ready)
        self._remove_ended(seen.at)
        return sorted(self._members.values(), key=lambda member: member.id)

    def _add_heartbeats(self, seen: Observation) -> None:
        for info in seen.streams:
            member = self._members.get(info.id)
            if member is None:
                member = self._add(info.id, info.name, info.task, seen)
            member.info, member.beating, member.seen_at = info, True, seen.at

    def _add_wanted(self, seen: Observation) -> None:
        for wanted in seen.wanted.values():
            for task in wanted.tasks:
                identity = _identity(wanted.name, task)
                if identity and identity not in self._members:
                    self._add(identity, wanted.name, task, seen)

    def _add(self, identity: str, name: str, task: str, seen: Observation) -> StreamMember:
        member = StreamMember(identity, name, task, since=seen.at, inferred_at=seen.at)
        member.entered_at = seen.at
        member.managed = name in seen.wanted
        member.pushed, member.inferred = self._counts.get((task, name), (0, 0))
        self._members[identity] = member
        return member

    def _add_counted(self, seen: Observation) -> None:
        for task, ledger in seen.ledgers.items():
            fresh = self._ledger_ids.get(task) != ledger.id
            self._ledger_ids[task] = ledger.id
            for name, line in ledger.streams.items():
                self._compare_counts(task, name, line, seen, fresh=fresh)

    def _compare_counts(
        self, task: str, name: str, line: StreamLedger, seen: Observation, *, fresh: bool
    ) -> None:
        pushed, inferred = self._counts.get((task, name), (0, 0))
        self._counts[task, name] = (line.pushed, line.inferred)
        if fresh:  # a first observation does not tell when the count changed
            return
        identity = _identity(name, task)
        member = self._members.get(identity)
        if member is None and identity and line.pushed > pushed:
            member = self._add(identity, name, task, seen)
        if member is None:
            return
        if member.info is None and line.pushed > pushed:
            member.seen_at = seen.at
        if line.inferred > inferred:
            member.inferred_at = seen.at
        member.pushed, member.inferred = line.pushed, line.inferred

    def _remove_ended(self, now: int) -> None:
        for member in list(self._members.values()):
            if member.managed or member.beating:
                continue
            if member.dismissed or now - member.seen_at > _KEEP_US:
                del self._members[member.id]


def _identity(name: str, task: str) -> str:
    """The stream id; empty for invalid names, which are counted in the ledger only."""
    try:
        return stream_id.join(name, task)
    except WireError:
        return ""


def _set_state(member: StreamMember, now: int, *, has_workers: bool) -> None:
    state, error, since = _state(member, now, has_workers=has_workers)
    if state != member.state:
        member.since = since
        if state == "live":
            member.inferred_at = max(member.inferred_at, now)
    member.state, member.error = state, error


def _state(member: StreamMember, now: int, *, has_workers: bool) -> tuple[str, str, int]:
    """State, error, and the time when the state began, if it is new."""
    info = member.info
    if info is not None and member.beating:
        if info.state is not SourceState.LIVE:
            return info.state.value, info.error, now
        error = _CONFLICT if info.conflict else info.error
        return _flow(member, now, error, info.fps, has_workers=has_workers)
    if info is None and member.seen_at and now - member.seen_at < _QUIET_US:
        return _flow(member, now, "", 0.0, has_workers=has_workers)
    since = member.seen_at or now
    if member.managed and not member.seen_at:
        if now - member.entered_at < _STARTING_US:
            return "connecting", "", now
        return "offline", _NOT_STARTED, now
    return "offline", _NO_FRAMES if info is None else _NO_HEARTBEAT, since


def _flow(
    member: StreamMember, now: int, error: str, fps: float, *, has_workers: bool
) -> tuple[str, str, int]:
    if not has_workers:
        return "no_workers", error or _NO_WORKERS, now
    patience = max(_STALE_US, int(2.5e6 / fps)) if fps > 0 else _STALE_US
    came_back = member.state not in {"live", "stale"}
    if not came_back and now - member.inferred_at > patience:
        return "stale", error or _NO_RESULT, now
    return "live", error, now
