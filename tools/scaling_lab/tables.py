"""Results as Markdown tables, for the terminal and for `docs/scaling.md`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from apps.scaling.hpa_policy import ScalingRateLimit
from apps.scaling.offered_work import load_rule
from tools.scaling_lab import site
from tools.scaling_lab.calibration import Agreement
from tools.scaling_lab.claims import Claim
from tools.scaling_lab.comparison import Row, Spread, compare, total
from tools.scaling_lab.load import LOADS, pulse, steady, step, wave
from tools.scaling_lab.manifest import RULE, offered_rate, others, shipped
from tools.scaling_lab.scaling import ScalingSetup
from tools.scaling_lab.simulation import Cluster

__all__ = [
    "behaviours",
    "calibration",
    "claims",
    "comparison",
    "plan",
    "prices",
    "table",
    "windows",
]

_RULES = ((10, 0), (15, 0), (20, 0), (30, 0), (60, 0), (15, 15))
#: Targets of the other policies in thousandths, their original one first.
_TARGETS = {
    "cpu": (80_000, 50_000, 20_000),
    "drops": (10_000, 1_000),
    "old-ratio": (1_000, 900, 800, 700),
    "queue": (5_000, 1_000),
}


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table; the first column is left-aligned, the others right-aligned."""
    lines = [_line(head), _line([":--", *["--:"] * (len(head) - 1)])]
    return "\n".join([*lines, *(_line(row) for row in rows)]) + "\n"


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _percent(spread: Spread) -> str:
    least, mean, most = (f"{100 * value:.1f}" for value in (spread.least, spread.mean, spread.most))
    return mean if least == most else f"{mean} ({least} to {most})"


def _number(spread: Spread) -> str:
    least, most = f"{spread.least:.0f}", f"{spread.most:.0f}"
    return least if least == most else f"{least} to {most}"


def comparison(rows: Iterable[Row]) -> str:
    """Table of policies on loads."""
    head = ("load", "policy", "lost %", "regret %", "pod-seconds", "÷ oracle", "changes",
            "turns", "most pods")  # fmt: skip
    return table(
        head,
        (
            (
                row.load, row.policy, _percent(row.lost), _percent(row.regret),
                f"{row.pod_seconds.mean:.0f}", f"{row.cost.mean:.2f}", _number(row.events),
                _number(row.reversals), _number(row.peak),
            )
            for row in rows
        ),
    )  # fmt: skip


def claims(found: Iterable[Claim]) -> str:
    """Table of promises and whether they are kept."""
    head = ("ours", "load", "kept", "figures")
    return table(
        head, ((claim.text, claim.load, "yes" if claim.kept else "**no**", claim.figures)
               for claim in found)
    )  # fmt: skip


def windows() -> str:
    """The shipped policy with other windows and without the hold."""
    loads = (pulse(20, 100), wave(10, 200), step(20, 120), steady(100).noisy(seed=1))
    shipped_rule, ours = load_rule(RULE), shipped()
    scalings = [
        ScalingSetup(
            f"{window} s" + (f", held {hold} s" if hold else ""),
            ours.policy,
            offered_rate(replace(shipped_rule, window_seconds=window, hold_seconds=hold)),
        )
        for window, hold in _RULES
    ]
    columns = [compare(load, scalings, Cluster())[:-1] for load in loads]
    head = ["window"]
    for load in loads:
        head += [f"{load.name}: lost %", "÷ oracle", "changes"]
    body = []
    for rows in zip(*columns, strict=True):
        cells = [rows[0].policy]
        for row in rows:
            cells += [_percent(row.lost), f"{row.cost.mean:.2f}", _number(row.events)]
        body.append(cells)
    return table(head, body)


def prices() -> str:
    """All policies at several targets, over all loads."""
    scalings = [shipped()]
    scalings += [_aimed(other, target) for other in others() for target in _TARGETS[other.name]]
    found = total([compare(load, scalings, Cluster()) for load in LOADS], LOADS)
    ours = found[0].pod_seconds
    return table(
        ("policy", "target", "lost %", "pod-seconds", "÷ ours"),
        (
            (
                *(item.policy.split(" at ") if " at " in item.policy else (item.policy, "0.8")),
                f"{100 * item.lost:.2f}", f"{item.pod_seconds:.0f}",
                f"{item.pod_seconds / ours:.2f}",
            )
            for item in found
        ),
    )  # fmt: skip


def _aimed(scaling: ScalingSetup, target_milli: int) -> ScalingSetup:
    metric = replace(scaling.policy.metric, target_milli=target_milli)
    policy = replace(scaling.policy, metric=metric)
    return replace(scaling, name=f"{scaling.name} at {target_milli / 1000:g}", policy=policy)


def behaviours() -> str:
    """The shipped policy with other limits and stabilisation, over all loads."""
    wave_at = next(number for number, load in enumerate(LOADS) if load.name == "wave")
    body = []
    for scaling in _behaviours():
        rows = [compare(load, [scaling], Cluster()) for load in LOADS]
        (found,) = total(rows, LOADS)
        body.append(
            (
                scaling.name, f"{100 * found.lost:.2f}", f"{found.pod_seconds:.0f}",
                f"{found.cost:.2f}", f"{found.turns:.0f}",
                f"{100 * rows[wave_at][0].lost.mean:.2f}",
                _number(rows[wave_at][0].events),
            )
        )  # fmt: skip
    head = ("behaviour", "lost %", "pod-seconds", "÷ its oracle, at most", "turns too many",
            "wave: lost %", "changes")  # fmt: skip
    return table(head, body)


def _behaviours() -> Iterator[ScalingSetup]:
    ours = shipped()
    policy = ours.policy
    yield replace(ours, name="shipped: down after 300 s, up by 100 % or 4 pods")
    for seconds in (60, 180, 600):
        down = replace(policy.down, stabilisation_seconds=seconds)
        yield replace(ours, name=f"down after {seconds} s", policy=replace(policy, down=down))
    for pods in (6, 10):
        limits = (ScalingRateLimit("Percent", 100, 15), ScalingRateLimit("Pods", pods, 15))
        up = replace(policy.up, limits=limits)
        yield replace(ours, name=f"up by 100 % or {pods} pods", policy=replace(policy, up=up))
    up = replace(policy.up, stabilisation_seconds=15)
    yield replace(ours, name="up after 15 s", policy=replace(policy, up=up))


def calibration(agreements: Iterable[Agreement]) -> str:
    """Agreement of model and logs."""
    head = ("log", "run", "agrees %", "worst phase %", "lost %: log", "model",
            "pod-seconds: log", "model")  # fmt: skip
    return table(
        head,
        (
            (
                found.recorded.log, found.recorded.name, f"{100 * found.share:.1f}",
                f"{100 * found.worst:.1f}", f"{found.lost[0]:.2f}", f"{found.lost[1]:.2f}",
                str(found.pod_seconds[0]), str(found.pod_seconds[1]),
            )
            for found in agreements
        ),
    )  # fmt: skip


def plan(planned: site.SitePlan) -> str:
    """Requirements of a site, and a simulated shard."""
    asked, shard = planned.site, planned.shard
    rows = [
        ("frames per second", f"{asked.frames:.0f}"),
        ("pictures, gigabit/s into Redis and again out", f"{_gigabits(asked):.1f}"),
        ("cameras that one Redis carries alone", f"{planned.alone_cameras}"),
        ("shards: by Redis' thread / by network", f"{planned.by_thread} / {planned.by_network}"),
        ("cameras per shard, fullest by hash", f"{shard.cameras:.0f}, {shard.busiest:.0f}"),
        ("frames per second and shard", f"{shard.frames:.0f}"),
        ("Redis' thread per shard", f"{shard.thread:.0%}"),
        ("network per shard, gigabit/s each way", f"{shard.gigabits:.2f}"),
        ("places of a shard's queue (0.25 s)", f"{shard.places}"),
        ("one-core workers per shard, in all", f"{shard.workers}, {planned.workers}"),
        ("shards on the busiest of as many cluster nodes, by name", f"{planned.crowded}"),
        (f"gateways for {asked.tiles} watched pictures", f"{planned.gateways}"),
        ("each gateway's core, for knowing every stream", f"{planned.listing:.0%}"),
        ("registry's Redis thread, for heartbeats", f"{planned.beats:.0%}"),
        ("series of the ledger on each gateway", f"{planned.series}"),
    ]
    for name, ours, oracle in site.simulate_shard(planned):
        rows.append(
            (
                f"one shard, {name}: lost (oracle), most pods",
                f"{ours.lost_share:.1%} ({oracle.lost_share:.1%}), {ours.peak}",
            )
        )
    return table(("of the site", "figure"), rows)


def _gigabits(asked: site.Site) -> float:
    return asked.frames * asked.kilobytes * 8e3 / 1e9
