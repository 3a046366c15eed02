"""Results of a worker per stream over the trailing window, for its heartbeat."""

from __future__ import annotations

from bisect import bisect_left
from collections import deque
from dataclasses import dataclass, field

from apps.pipeline.messages import AGE_BUCKETS_MS, StreamLoad

__all__ = ["StreamLoads"]

#: Length of the window, seconds; `next_second` is called once a second.
_WINDOW = 10


@dataclass(slots=True)
class _Second:
    ages: list[int] = field(default_factory=lambda: [0] * (len(AGE_BUCKETS_MS) + 1))
    width: int = 0
    height: int = 0


class StreamLoads:
    """Counts, ages and picture sizes per stream, in buckets of one second."""

    def __init__(self) -> None:
        self._seconds: deque[dict[str, _Second]] = deque([{}], maxlen=_WINDOW)

    def record(self, stream_id: str, age_ms: float, width: int, height: int) -> None:
        """Count a result, its age since capture, and the original size of its picture, pixels."""
        second = self._seconds[-1].setdefault(stream_id, _Second())
        second.ages[bisect_left(AGE_BUCKETS_MS, age_ms)] += 1
        second.width, second.height = width, height

    def next_second(self) -> None:
        """Start the bucket of the next second."""
        self._seconds.append({})

    def streams(self) -> set[str]:
        """Ids of the streams in the window."""
        return {stream_id for second in self._seconds for stream_id in second}

    def snapshot(self) -> dict[str, StreamLoad]:
        """The load by stream id, without the second that has just started."""
        complete = list(self._seconds)[:-1]
        loads: dict[str, StreamLoad] = {}
        for stream_id in {name for second in complete for name in second}:
            parts = [second[stream_id] for second in complete if stream_id in second]
            ages = tuple(sum(column) for column in zip(*(part.ages for part in parts), strict=True))
            fps, last = sum(ages) / len(complete), parts[-1]
            loads[stream_id] = StreamLoad(
                inferred_fps=fps, ages=ages, width=last.width, height=last.height
            )
        return loads
