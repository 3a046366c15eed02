"""Time sharing: while live frames and jobs wait, each kind gets its share of the time."""

from __future__ import annotations

import random
from collections import deque
from collections.abc import Iterable

from hypothesis import given, settings
from hypothesis import strategies as st

from apps.inference.sharing import TimeSharing
from apps.inference.work_loop import WorkKind

#: Kind, start and end of each item, seconds.
Log = list[tuple[WorkKind, float, float]]


class SimulatedWorker:
    """Serves one item at a time with up to `slots` started ahead, on a simulated clock."""

    def __init__(
        self, sharing: TimeSharing, costs: dict[WorkKind, float], *, slots: int = 1
    ) -> None:
        self.sharing = sharing
        self.costs = costs
        self.slots = slots
        self.now = 0.0
        self.log: Log = []
        self.started: deque[WorkKind] = deque()
        self.random = random.Random(1)

    def run(self, until: float, *, live: bool, jobs: bool) -> None:
        """Serve until the time `until`, seconds, with the given kinds waiting."""
        while self.now < until:
            while len(self.started) < self.slots:
                kind = self.sharing.next(live, jobs)
                if kind is None:
                    self.now = until
                    return
                self.started.append(kind)
            done = self.started.popleft()
            cost = self.costs[done] * self.random.uniform(0.5, 1.5)
            self.log.append((done, self.now, self.now + cost))
            self.now += cost
            self.sharing.charge(done, cost)

    def share(self, kind: WorkKind, since: float, until: float) -> float:
        """Share of the time spent on a kind between two times, 0..1."""
        spent = (
            max(min(end, until) - max(start, since), 0.0)
            for name, start, end in self.log
            if name == kind
        )
        return sum(spent) / (until - since)


def windows(since: float, until: float, seconds: float) -> Iterable[tuple[float, float]]:
    start = since
    while start + seconds <= until:
        yield start, start + seconds
        start += 0.5


COST = st.floats(0.001, 0.05)


@settings(max_examples=60, deadline=None)
@given(COST, COST, st.integers(1, 6), st.sampled_from([0.1, 0.3, 0.5, 0.8]))
def test_while_both_wait_each_kind_gets_nine_tenths_of_its_share_in_any_window(
    live_cost: float, job_cost: float, slots: int, share: float
) -> None:
    worker = SimulatedWorker(TimeSharing(share), {"live": live_cost, "job": job_cost}, slots=slots)
    worker.run(12.0, live=True, jobs=True)
    for window in windows(0.0, 12.0, 8.0):
        assert worker.share("job", *window) >= 0.9 * share
        assert worker.share("live", *window) >= 0.9 * (1 - share)


@settings(max_examples=40, deadline=None)
@given(COST, COST, st.sampled_from(["live", "job"]), st.floats(0.5, 60.0))
def test_a_kind_that_returns_does_not_displace_the_other(
    live_cost: float, job_cost: float, absent: WorkKind, seconds: float
) -> None:
    worker = SimulatedWorker(TimeSharing(0.3), {"live": live_cost, "job": job_cost}, slots=3)
    worker.run(seconds, live=absent != "live", jobs=absent != "job")
    returned = worker.now
    worker.run(returned + 8.0, live=True, jobs=True)
    assert worker.share("job", returned, returned + 6.0) >= 0.9 * 0.3
    assert worker.share("live", returned, returned + 6.0) >= 0.9 * 0.7


@given(COST, st.sampled_from(["live", "job"]))
def test_unused_time_goes_to_the_other_kind(cost: float, alone: WorkKind) -> None:
    worker = SimulatedWorker(TimeSharing(0.3), {"live": cost, "job": cost})
    worker.run(3.0, live=alone == "live", jobs=alone == "job")
    assert worker.share(alone, 0.0, 3.0) > 0.99


def test_live_frames_catch_up_after_a_long_job() -> None:
    worker = SimulatedWorker(TimeSharing(0.3), {"live": 0.02, "job": 3.0})
    worker.run(60.0, live=True, jobs=True)
    assert worker.share("live", 0.0, 60.0) > 0.6


def test_a_job_is_next_after_many_live_frames() -> None:
    sharing = TimeSharing(0.3)
    for _ in range(1000):
        assert sharing.next(live_waiting=True, jobs_waiting=False) == "live"
        sharing.charge("live", 0.02)
    assert sharing.next(live_waiting=True, jobs_waiting=True) == "job"


def test_no_kind_is_next_when_none_waits() -> None:
    assert TimeSharing().next(live_waiting=False, jobs_waiting=False) is None


def test_a_cancelled_place_is_not_charged() -> None:
    sharing = TimeSharing(0.3)
    for _ in range(50):
        kind = sharing.next(live_waiting=True, jobs_waiting=True)
        assert kind is not None
        sharing.cancel(kind)
    assert sharing.next(live_waiting=True, jobs_waiting=False) == "live"
    sharing.charge("live", 0.01)
    assert sharing.next(live_waiting=True, jobs_waiting=True) == "job"


def test_many_places_are_divided_by_the_usual_cost() -> None:
    sharing = TimeSharing(0.3)
    for _ in range(200):
        kind = sharing.next(live_waiting=True, jobs_waiting=True)
        assert kind is not None
        sharing.charge(kind, 0.01)
    kinds = [sharing.next(live_waiting=True, jobs_waiting=True) for _ in range(20)]
    assert 5 <= kinds.count("job") <= 7
