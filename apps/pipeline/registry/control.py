"""Control messages between services, as frozen structs.

The rules of `apps.pipeline.messages` apply: MessagePack, and new fields with a default only.
"""

from __future__ import annotations

from msgspec import Struct

__all__ = ["ScalingEvent", "ScalingLimits", "StreamWanted", "TrialAnswer", "TrialAsked"]


class StreamWanted(Struct, frozen=True, kw_only=True):
    """A stream that an admin added at run time.

    Its source may contain credentials. It is stored in Redis only, and never logged, returned by
    the API or put into an id. `repr` omits it.

    Attributes:
        name: stream name; unique among the wanted streams.
        tasks: tasks that get every frame.
        source: `rtsp://…`, `rtsps://…`, `http://…`, `https://…`, `camera:0`, `synthetic:`, or
            the absolute path of an uploaded video.
        fps: maximum frames per second; None for the rate of the source.
        paused: whether the stream stays in the list without capturing frames.
        allow: host names and CIDR networks that may be opened although they are local; see
            `apps.runtime.addresses`.
        revision: number that increases with every change.
    """

    name: str
    tasks: tuple[str, ...]
    source: str
    fps: float | None = None
    paused: bool = False
    allow: tuple[str, ...] = ()
    revision: int = 0

    def __repr__(self) -> str:
        return f"StreamWanted(name={self.name!r}, tasks={self.tasks!r}, revision={self.revision})"


class TrialAsked(Struct, frozen=True, kw_only=True):
    """A request for one picture of an address, before it is added as a stream.

    Attributes:
        id: id of the request; part of the key of its answer.
        source: as in `StreamWanted`.
        until: time after which the request is void, microseconds of Redis' clock.
        allow: as in `StreamWanted`.
    """

    id: str
    source: str
    until: int
    allow: tuple[str, ...] = ()

    def __repr__(self) -> str:
        return f"TrialAsked(id={self.id!r})"


class TrialAnswer(Struct, frozen=True, kw_only=True):
    """One picture of an address, or the reason why there is none.

    Attributes:
        jpeg: JPEG file; None if the address could not be opened or read.
        error: reason, one sentence without credentials; empty on success.
        opened_ms: time from opening to the first picture, milliseconds.
        width: of the picture, pixels.
        height: of the picture, pixels.
    """

    jpeg: bytes | None = None
    error: str = ""
    opened_ms: float = 0.0
    width: int = 0
    height: int = 0


class ScalingEvent(Struct, frozen=True, kw_only=True):
    """One change of the number of workers.

    Attributes:
        at: time of the change, microseconds of Redis' clock.
        task: task name.
        before: number of workers before the change.
        after: number of workers after the change.
        reason: reason, one sentence.
    """

    at: int
    task: str
    before: int
    after: int
    reason: str = ""


class ScalingLimits(Struct, frozen=True, kw_only=True):
    """Limits and target of the autoscaler of a task.

    Attributes:
        task: task name.
        min_workers: minimum number of workers.
        max_workers: maximum number of workers.
        target: target of the offered work per worker, in workers.
    """

    task: str
    min_workers: int
    max_workers: int
    target: float
