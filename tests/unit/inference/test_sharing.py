"""Live frames and jobs share one worker: while both wait, each has its share of the time."""

from __future__ import annotations

import random
from collections import deque
from collections.abc import Iterable

from hypothesis import given, settings
from hypothesis import strategies as st

from apps.inference.sharing import Kind, Sharing

#: (kind, start, end) of every item, in seconds.
Log = list[tuple[Kind, float, float]]


class Worker:
    """Serves items one after the other, with up to `slots` begun ahead, on a clock of its own."""

    def __init__(self, sharing: Sharing, costs: dict[Kind, float], *, slots: int = 1) -> None:
        self.sharing = sharing
        self.costs = costs
        self.slots = slots
        self.now = 0.0
        self.log: Log = []
        self.begun: deque[Kind] = deque()
        self.random = random.Random(1)

    def run(self, until: float, *, live: bool, jobs: bool) -> None:
        """Serve until then, with what waits."""
        while self.now < until:
            while len(self.begun) < self.slots:
                kind = self.sharing.next(live, jobs)
                if kind is None:
                    self.now = until
                    return
                self.begun.append(kind)
            done = self.begun.popleft()
            cost = self.costs[done] * self.random.uniform(0.5, 1.5)
            self.log.append((done, self.now, self.now + cost))
            self.now += cost
            self.sharing.charge(done, cost)

    def share(self, kind: Kind, since: float, until: float) -> float:
        """That class' part of the time between two moments."""
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
def test_while_both_wait_each_has_nine_tenths_of_its_share_in_any_window(
    live_cost: float, job_cost: float, slots: int, share: float
) -> None:
    worker = Worker(Sharing(share), {"live": live_cost, "job": job_cost}, slots=slots)
    worker.run(12.0, live=True, jobs=True)
    for window in windows(0.0, 12.0, 8.0):
        assert worker.share("job", *window) >= 0.9 * share
        assert worker.share("live", *window) >= 0.9 * (1 - share)


@settings(max_examples=40, deadline=None)
@given(COST, COST, st.sampled_from(["live", "job"]), st.floats(0.5, 60.0))
def test_a_class_that_was_away_does_not_crowd_the_other_out_when_it_is_back(
    live_cost: float, job_cost: float, away: Kind, seconds: float
) -> None:
    worker = Worker(Sharing(0.3), {"live": live_cost, "job": job_cost}, slots=3)
    worker.run(seconds, live=away != "live", jobs=away != "job")
    back = worker.now
    worker.run(back + 8.0, live=True, jobs=True)
    assert worker.share("job", back, back + 6.0) >= 0.9 * 0.3
    assert worker.share("live", back, back + 6.0) >= 0.9 * 0.7


@given(COST, st.sampled_from(["live", "job"]))
def test_what_one_class_does_not_use_goes_to_the_other(cost: float, alone: Kind) -> None:
    worker = Worker(Sharing(0.3), {"live": cost, "job": cost})
    worker.run(3.0, live=alone == "live", jobs=alone == "job")
    assert worker.share(alone, 0.0, 3.0) > 0.99


def test_a_long_job_is_paid_back_in_full() -> None:
    worker = Worker(Sharing(0.3), {"live": 0.02, "job": 3.0})
    worker.run(60.0, live=True, jobs=True)
    assert worker.share("live", 0.0, 60.0) > 0.6


def test_a_class_that_waits_is_never_starved_by_one_that_is_always_there() -> None:
    sharing = Sharing(0.3)
    for _ in range(1000):
        assert sharing.next(live_waiting=True, jobs_waiting=False) == "live"
        sharing.charge("live", 0.02)
    assert sharing.next(live_waiting=True, jobs_waiting=True) == "job"


def test_nobody_is_next_when_nobody_waits() -> None:
    assert Sharing().next(live_waiting=False, jobs_waiting=False) is None


def test_a_place_that_nothing_came_for_costs_nothing() -> None:
    sharing = Sharing(0.3)
    for _ in range(50):
        kind = sharing.next(live_waiting=True, jobs_waiting=True)
        assert kind is not None
        sharing.cancel(kind)
    assert sharing.next(live_waiting=True, jobs_waiting=False) == "live"
    sharing.charge("live", 0.01)
    assert sharing.next(live_waiting=True, jobs_waiting=True) == "job"


def test_many_places_are_divided_at_once_by_what_items_usually_cost() -> None:
    sharing = Sharing(0.3)
    for _ in range(200):
        kind = sharing.next(live_waiting=True, jobs_waiting=True)
        assert kind is not None
        sharing.charge(kind, 0.01)
    kinds = [sharing.next(live_waiting=True, jobs_waiting=True) for _ in range(20)]
    assert 5 <= kinds.count("job") <= 7
