"""The shipped policy keeps its promises on every load except one, for a known reason."""

from __future__ import annotations

import pytest

from tests.conftest import soak_factor
from tools.scaling_lab import tables
from tools.scaling_lab.claims import Claim, check_all
from tools.scaling_lab.comparison import Row, Spread, compare, total
from tools.scaling_lab.document import PAGE, PICTURE, fill
from tools.scaling_lab.load import LOADS, steady
from tools.scaling_lab.manifest import others, shipped
from tools.scaling_lab.picture import draw
from tools.scaling_lab.simulation import Cluster
from tools.scaling_lab.site import Site, plan

#: (claim, load): a fifth of headroom needs seven pods, and the old ratio has no headroom.
NOT_KEPT = {("needs fewer pod-seconds than those that lose as few", "steady100")}


@pytest.fixture(scope="module")
def all_rows() -> list[list[Row]]:
    """The shipped policy and the others on every load."""
    return [compare(load, [shipped(), *others()], Cluster()) for load in LOADS]


def test_every_claim_is_kept_but_one(all_rows: list[list[Row]]) -> None:
    broken = {(claim.text, claim.load) for claim in check_all(all_rows, LOADS) if not claim.kept}
    assert broken == NOT_KEPT


def test_no_policy_with_headroom_can_keep_the_broken_claim(all_rows: list[list[Row]]) -> None:
    """The oracle does not keep it either."""
    (rows,) = [rows for rows in all_rows if rows[0].load == "steady100"]
    by_policy = {row.policy: row.pod_seconds.mean for row in rows}
    assert by_policy["old-ratio"] < by_policy["ours"] < by_policy["oracle"]


def test_at_a_slightly_lower_load_the_old_ratio_loses_more_permanently() -> None:
    ours, old, _ = compare(
        steady(97, seconds=1800),
        [shipped(), *(other for other in others() if other.name == "old-ratio")],
        Cluster(),
    )
    assert old.lost.mean > 1.5 * ours.lost.mean


def test_a_total_is_the_share_of_all_frames_and_the_sum_of_all_pods() -> None:
    loads = [steady(10, seconds=100), steady(30, seconds=100)]
    rows = [compare(load, [shipped()], Cluster()) for load in loads]
    (found,) = total(rows, loads)
    lost = [row[0].lost.mean for row in rows]
    assert found.lost == pytest.approx((lost[0] + 3 * lost[1]) / 4)
    assert found.pod_seconds == sum(row[0].pod_seconds.mean for row in rows)


def test_a_broken_claim_is_marked() -> None:
    text = tables.claims([Claim("flies", "steady", kept=False, figures="0 m")])
    assert text.splitlines()[-1] == "| flies | steady | **no** | 0 m |"


def test_the_page_shows_what_the_commands_print(all_rows: list[list[Row]]) -> None:
    page = PAGE.read_text(encoding="utf-8")
    blocks = {
        "compare": lambda: tables.comparison(row for rows in all_rows for row in rows),
        "claims": lambda: tables.claims(check_all(all_rows, LOADS)),
        "plan": lambda: tables.plan(plan(Site())),
    }
    assert fill(page, blocks) == page, "run tools/simulate-scaling.sh write"


@pytest.mark.soak
@pytest.mark.skipif(soak_factor() < 1, reason="minutes of simulation: test.sh --full")
@pytest.mark.timeout(900)
@pytest.mark.parametrize("block", ["windows", "prices", "behaviours"])
def test_the_page_shows_the_variants_that_the_commands_print(block: str) -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert fill(page, {block: getattr(tables, block)}) == page, (
        "run tools/simulate-scaling.sh write"
    )


def test_the_figure_is_up_to_date_and_small() -> None:
    text = draw()
    assert PICTURE.read_text(encoding="utf-8") == text, "run tools/simulate-scaling.sh write"
    assert len(text) < 200_000


def test_a_spread_has_ends_and_a_mean() -> None:
    assert Spread.of([1, 2, 6]) == Spread(1, 3, 6)
