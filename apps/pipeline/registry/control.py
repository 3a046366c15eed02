"""What processes tell each other about what should run, beside `messages.py`, which is what flows.

The same rules: frozen structs, MessagePack, fields only ever added.
"""

from __future__ import annotations

from msgspec import Struct

__all__ = ["ScalingEvent", "ScalingLimits", "StreamWanted", "TrialAnswer", "TrialAsked"]


class StreamWanted(Struct, frozen=True, kw_only=True):
    """A stream that an admin asked for at run time.

    Its address may hold credentials: it is kept in Redis and nowhere else, and never logged,
    answered or put into an id. `repr` leaves it out.

    Attributes:
        name: stream name; one wanted stream per name.
        tasks: each gets every frame.
        source: `rtsp://…`, `rtsps://…`, `http://…`, `https://…`, `camera:0`, `synthetic:`, or
            the absolute path of an uploaded video.
        fps: frames per second at most; None for the source's own.
        paused: it stays listed, but no frame is taken.
        allow: addresses (CIDR or host names) that may be opened although they are local to the
            machine; see `addresses.py`.
        revision: grows with every change, so that whoever follows sees that it changed.
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
    """Somebody wants one picture of an address before adding it as a stream.

    Attributes:
        id: under which the answer is expected.
        source: as in `StreamWanted`.
        until: nobody waits after this moment, microseconds of Redis' clock.
        allow: as in `StreamWanted`.
    """

    id: str
    source: str
    until: int
    allow: tuple[str, ...] = ()

    def __repr__(self) -> str:
        return f"TrialAsked(id={self.id!r})"


class TrialAnswer(Struct, frozen=True, kw_only=True):
    """One picture of an address, or why there is none.

    Attributes:
        jpeg: the picture; None when the address could not be opened or read.
        error: why, one sentence without credentials; empty when it is well.
        opened_ms: from the attempt to the first picture.
        width: pixels.
        height: pixels.
    """

    jpeg: bytes | None = None
    error: str = ""
    opened_ms: float = 0.0
    width: int = 0
    height: int = 0


class ScalingEvent(Struct, frozen=True, kw_only=True):
    """One change of the number of workers.

    Attributes:
        at: when, microseconds of Redis' clock.
        task: whose workers.
        before: workers until then.
        after: workers from then on.
        reason: one sentence for people.
    """

    at: int
    task: str
    before: int
    after: int
    reason: str = ""


class ScalingLimits(Struct, frozen=True, kw_only=True):
    """Between what the autoscaler of a task moves.

    Attributes:
        task: whose workers.
        min_workers: fewest.
        max_workers: most.
        target: offered work per worker that it aims at, in workers.
    """

    task: str
    min_workers: int
    max_workers: int
    target: float
