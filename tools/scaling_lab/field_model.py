"""An older, simpler model of the same question, kept because its table is quoted.

It has no pods that are missing or unready: every decision multiplies the *present* number of pods
by a ratio that was measured before the newest of them worked, so a ratio of pods compounds. A real
controller counts pods without a value as nothing when it scales up, which damps that.

Its parameters: the metric is an average over ten seconds and is fifteen seconds old; pods start in
twenty seconds; 1 to 30 pods of 18 frames/s; stabilisation 300 s; a queue of 32 frames; one hour.
Open: at which moment the controller decides; all are tried.
"""

from __future__ import annotations

from collections.abc import Callable

from apps.scaling.hpa_policy import HpaPolicy, MetricTarget
from tools.scaling_lab.load import Load, pulse, steady, step
from tools.scaling_lab.pool import Pool, Sums
from tools.scaling_lab.scaling import Scaling
from tools.scaling_lab.signals import Reading
from tools.scaling_lab.simulation import Cluster

__all__ = ["CLUSTER", "LOADS", "scalings"]

CLUSTER = Cluster(start_seconds=20.0)
LOADS: tuple[Load, ...] = (steady(100), steady(400), step(20, 120), pulse(20, 100))

_WINDOW_SECONDS = 10.0
_LAG_SECONDS = 15.0
#: One lucky burst once made a pod's maximum too large by this factor.
_INFLATED = 1.6

ValueOf = Callable[[Sums, int], float]


class _Delayed:
    """A metric of the whole pool: ten seconds long and fifteen seconds old."""

    def __init__(self, pool: Pool, value_of: ValueOf) -> None:
        self._pool = pool
        self._value_of = value_of

    def scrape(self, now: float) -> None:
        """The delay stands for everything between pod and controller."""

    def read(self, now: float) -> Reading:
        """Nothing before the first window is over."""
        end = now - _LAG_SECONDS
        if end < _WINDOW_SECONDS:
            return Reading()
        done = self._pool.together(end - _WINDOW_SECONDS, end)
        return Reading(total=self._value_of(done, len(self._pool.pods)))


class _OldLength:
    """The length of the list, fifteen seconds ago."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._seen: list[tuple[float, float]] = []

    def scrape(self, now: float) -> None:
        """Every five seconds."""
        self._seen.append((now, self._pool.queued))

    def read(self, now: float) -> Reading:
        """Nothing before the first is old enough."""
        known = [length for at, length in self._seen if at <= now - _LAG_SECONDS]
        return Reading(total=known[-1]) if known else Reading()


def scalings() -> list[Scaling]:
    """The five policies of the table, in its order."""
    return [
        _scaling("old ratio", 1000, lambda done, pods: pods * _ratio(done, 1.0)),
        _scaling("old ratio, inflated", 1000, lambda done, pods: pods * _ratio(done, _INFLATED)),
        _scaling("drops > 10", 10_000, lambda done, _: done.dropped / _WINDOW_SECONDS),
        Scaling("list length 5", _policy(5000), lambda pool, _: _OldLength(pool)),
        _scaling("offered work 0.8", 800, lambda done, _: done.work / _WINDOW_SECONDS),
    ]


def _scaling(name: str, target_milli: int, value_of: ValueOf) -> Scaling:
    return Scaling(name, _policy(target_milli), lambda pool, _: _Delayed(pool, value_of))


def _policy(target_milli: int) -> HpaPolicy:
    metric = MetricTarget("External", "AverageValue", "x", (), target_milli)
    return HpaPolicy("x", metric, min_replicas=1, max_replicas=30)


def _ratio(done: Sums, inflated: float) -> float:
    """(infer + drop) / infer while frames drop, else infer / the most that was ever inferred."""
    if done.dropped > 0:
        return (done.served + done.dropped) / max(done.served, 1e-9)
    return done.work / max(done.seconds, 1e-9) / inflated
