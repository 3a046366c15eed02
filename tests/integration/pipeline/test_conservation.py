"""The ledger is exact, even if processes die, stall or answer late."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from apps.local.redis_server import RedisServer
from tests.conftest import soak_factor
from tests.integration.pipeline.conservation_run import ConservationPlan, ConservationRun
from tests.integration.pipeline.mutants import apply_mutant

FRAMES = 200_000


@pytest.mark.soak
@pytest.mark.timeout(3600)
async def test_the_ledger_equals_the_expected_ledger_under_all_faults(
    redis_server: RedisServer, tmp_path: Path
) -> None:
    factor = soak_factor()
    plan = ConservationPlan(
        ours=int(FRAMES * 0.9 * factor),
        foreign=int(FRAMES * 0.1 * factor),
        redis_stopped=10.0 if factor >= 1 else 3.0,
        frame_ms=4,
    )
    run = ConservationRun(redis_server, tmp_path, plan)
    ledger, expected = await run.account()
    total = ledger.total
    print(f"{total}\ntroubles: {Counter(run.troubles)}")
    assert expected.differences(ledger) == []
    assert total.pushed + total.refused["too_large"] == plan.ours + plan.foreign
    assert total.lost > 0
    assert total.dropped.keys() >= {"overflow", "newest", "stale", "malformed", "wrong_task"}
    assert total.dropped.keys() >= {"too_large", "undecodable"}
    assert total.inferred > total.pushed / 2


@pytest.mark.timeout(600)
@pytest.mark.parametrize("mutant", ["one lost increment", "one double settlement"])
async def test_a_mutant_of_the_scripts_makes_the_ledgers_differ(
    mutant: str, redis_server: RedisServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    apply_mutant(monkeypatch, mutant)
    plan = ConservationPlan(
        ours=600, foreign=100, troubles=("kill_all",), again=False, frame_ms=40, mutant=mutant
    )
    ledger, expected = await ConservationRun(redis_server, tmp_path, plan).account()
    print(f"{mutant}: {expected.differences(ledger)}")
    assert expected.differences(ledger) != []
