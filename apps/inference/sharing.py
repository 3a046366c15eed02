"""Who is next when live frames and jobs wait for the same worker: a share of its time for each.

While both wait, jobs get `job_share` of the time and live frames the rest; what one does not use
goes to the other. The account is one number, the seconds that jobs are owed: time given to live
frames adds to it, time given to jobs takes from it. Work that was begun and not yet charged counts
with its usual cost, so that many requests in flight do not blur the shares.
"""

from __future__ import annotations

from typing import Literal

__all__ = ["Kind", "Sharing"]

Kind = Literal["live", "job"]

#: Seconds of credit that a class keeps while it does not wait: enough to be served at once when it
#: comes back, too little to crowd the other out.
_KEPT_SECONDS = 0.05
#: What an item is taken to cost before one was charged, seconds.
_FIRST_GUESS = 0.01
#: Weight of the latest item in the usual cost.
_NEWEST_WEIGHT = 0.2


class Sharing:
    """Divides one worker's time between live frames and jobs.

    Every answer of `next` is followed by exactly one `charge` (the item is finished) or `cancel`
    (nothing came).
    """

    def __init__(self, job_share: float = 0.3) -> None:
        """Args: job_share: 0..1, of the worker's time while both wait."""
        self._owed_per_second = {"live": job_share, "job": job_share - 1.0}
        self._owed = 0.0
        self._usual = {"live": _FIRST_GUESS, "job": _FIRST_GUESS}
        self._begun = {"live": 0, "job": 0}
        self._waits = {"live": False, "job": False}

    def next(self, live_waiting: bool, jobs_waiting: bool) -> Kind | None:  # noqa: FBT001 - states
        """Which class the next free place goes to; None if neither waits."""
        self._waits = {"live": live_waiting, "job": jobs_waiting}
        self._forfeit()
        if live_waiting and jobs_waiting:
            kind: Kind = "job" if self._owed + self._expected() > 0.0 else "live"
        elif live_waiting or jobs_waiting:
            kind = "live" if live_waiting else "job"
        else:
            return None
        self._begun[kind] += 1
        return kind

    def charge(self, kind: Kind, seconds: float) -> None:
        """An item is finished; it took that much of the worker's time."""
        self._end(kind)
        self._usual[kind] += _NEWEST_WEIGHT * (seconds - self._usual[kind])
        self._owed += self._owed_per_second[kind] * seconds
        self._forfeit()

    def cancel(self, kind: Kind) -> None:
        """Nothing came: the place stays free, and that class does not wait."""
        self._end(kind)
        self._waits[kind] = False

    def _end(self, kind: Kind) -> None:
        self._begun[kind] = max(self._begun[kind] - 1, 0)

    def _expected(self) -> float:
        """What jobs will be owed more when all that was begun is charged."""
        kinds: tuple[Kind, ...] = ("live", "job")
        return sum(self._begun[k] * self._usual[k] * self._owed_per_second[k] for k in kinds)

    def _forfeit(self) -> None:
        """A class that does not wait keeps little of what it is owed."""
        if not self._waits["job"] and not self._begun["job"]:
            self._owed = min(self._owed, _KEPT_SECONDS)
        if not self._waits["live"] and not self._begun["live"]:
            self._owed = max(self._owed, -_KEPT_SECONDS)
