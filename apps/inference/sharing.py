"""Divide a worker's time between live frames and jobs.

While both wait, jobs get `job_share` of the time and live frames get the rest; time that one kind
does not use goes to the other. The balance is one number, the seconds owed to jobs: time spent on
live frames adds to it, time spent on jobs is subtracted. Items that have started but have not been
charged count with the usual cost of their kind, so that many requests in flight do not distort the
shares.
"""

from __future__ import annotations

from apps.inference.work_loop import WorkKind

__all__ = ["TimeSharing"]

#: Credit that a kind keeps while it does not wait, seconds: enough to be served at once when it
#: returns, too little to delay the other kind.
_KEPT_SECONDS = 0.05
#: Cost of an item before the first charge, seconds.
_INITIAL_COST = 0.01
#: Weight of the latest item in the usual cost.
_NEWEST_WEIGHT = 0.2


class TimeSharing:
    """Chooses the kind of work for each free place.

    Each result of `next` is followed by exactly one `charge` (the item is finished) or `cancel`
    (no item arrived).
    """

    def __init__(self, job_share: float = 0.3) -> None:
        """Args: job_share: share of the worker's time for jobs while both wait, 0..1."""
        self._owed_per_second = {"live": job_share, "job": job_share - 1.0}
        self._owed = 0.0
        self._usual_cost = {"live": _INITIAL_COST, "job": _INITIAL_COST}
        self._started = {"live": 0, "job": 0}
        self._waiting = {"live": False, "job": False}

    def next(self, live_waiting: bool, jobs_waiting: bool) -> WorkKind | None:  # noqa: FBT001 - states
        """The kind for the next free place; None if neither waits."""
        self._waiting = {"live": live_waiting, "job": jobs_waiting}
        self._limit_credit()
        if live_waiting and jobs_waiting:
            kind: WorkKind = "job" if self._owed + self._expected() > 0.0 else "live"
        elif live_waiting or jobs_waiting:
            kind = "live" if live_waiting else "job"
        else:
            return None
        self._started[kind] += 1
        return kind

    def charge(self, kind: WorkKind, seconds: float) -> None:
        """Charge a finished item with its processing time, seconds."""
        self._end(kind)
        self._usual_cost[kind] += _NEWEST_WEIGHT * (seconds - self._usual_cost[kind])
        self._owed += self._owed_per_second[kind] * seconds
        self._limit_credit()

    def cancel(self, kind: WorkKind) -> None:
        """Record that no item arrived: the place stays free, and that kind does not wait."""
        self._end(kind)
        self._waiting[kind] = False

    def _end(self, kind: WorkKind) -> None:
        self._started[kind] = max(self._started[kind] - 1, 0)

    def _expected(self) -> float:
        """The change of the balance when all started items are charged, seconds."""
        kinds: tuple[WorkKind, ...] = ("live", "job")
        return sum(self._started[k] * self._usual_cost[k] * self._owed_per_second[k] for k in kinds)

    def _limit_credit(self) -> None:
        """Limit the credit of a kind that does not wait."""
        if not self._waiting["job"] and not self._started["job"]:
            self._owed = min(self._owed, _KEPT_SECONDS)
        if not self._waiting["live"] and not self._started["live"]:
            self._owed = max(self._owed, -_KEPT_SECONDS)
