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
    """

    name: str  #: stream name; unique among the wanted streams
    tasks: tuple[str, ...]  #: tasks that get every frame
    #: `rtsp://…`, `rtsps://…`, `http://…`, `https://…`, `camera:0`, `synthetic:`, or the absolute
    #: path of an uploaded video
    source: str
    fps: float | None = None  #: maximum frames per second; None for the rate of the source
    paused: bool = False  #: whether the stream stays in the list without capturing frames
    #: host names and CIDR networks that may be opened although they are local; see
    #: `apps.runtime.addresses`
    allow: tuple[str, ...] = ()
    revision: int = 0  #: number that increases with every change

    def __repr__(self) -> str:
        return f"StreamWanted(name={self.name!r}, tasks={self.tasks!r}, revision={self.revision})"


class TrialAsked(Struct, frozen=True, kw_only=True):
    """A request for one picture of an address, before it is added as a stream."""

    id: str  #: id of the request; part of the key of its answer
    source: str  #: as in `StreamWanted`
    until: int  #: time after which the request is void, microseconds of Redis' clock
    allow: tuple[str, ...] = ()  #: as in `StreamWanted`

    def __repr__(self) -> str:
        return f"TrialAsked(id={self.id!r})"


class TrialAnswer(Struct, frozen=True, kw_only=True):
    """One picture of an address, or the reason why there is none."""

    jpeg: bytes | None = None  #: JPEG file; None if the address could not be opened or read
    error: str = ""  #: reason, one sentence without credentials; empty on success
    opened_ms: float = 0.0  #: time from opening to the first picture, milliseconds
    width: int = 0  #: of the picture, pixels
    height: int = 0  #: of the picture, pixels


class ScalingEvent(Struct, frozen=True, kw_only=True):
    """One change of the number of workers."""

    at: int  #: time of the change, microseconds of Redis' clock
    task: str  #: task name
    before: int  #: number of workers before the change
    after: int  #: number of workers after the change
    reason: str = ""  #: reason, one sentence


class ScalingLimits(Struct, frozen=True, kw_only=True):
    """Limits and target of the autoscaler of a task."""

    task: str  #: task name
    min_workers: int  #: minimum number of workers
    max_workers: int  #: maximum number of workers
    target: float  #: target of the offered work per worker, in workers
