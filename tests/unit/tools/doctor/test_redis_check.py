"""Findings about Redis."""

from __future__ import annotations

from typing import Any

import pytest

from tools.doctor.finding import LinkState
from tools.doctor.redis_check import RedisFacts, check_redis

GOOD: dict[str, Any] = {
    "role": "master",
    "used_memory": 10_000_000,
    "maxmemory": 1_000_000_000,
    "maxmemory_policy": "noeviction",
    "aof_enabled": 0,
    "rdb_last_bgsave_status": "ok",
}


def found(save: str | None = "", **changes: Any) -> list[tuple[LinkState, str]]:
    facts = RedisFacts("127.0.0.1:6379", {**GOOD, **changes}, save=save)
    return [(finding.state, finding.text) for finding in check_redis(facts)]


def test_a_redis_as_the_project_configures_it_is_ok() -> None:
    assert found() == [
        (LinkState.OK, "127.0.0.1:6379 answers; it uses 10.0 MB of 1000 MB, noeviction.")
    ]


def test_a_redis_that_does_not_answer_is_broken_and_says_how_to_start_one() -> None:
    (finding,) = check_redis(RedisFacts("127.0.0.1:6379", {}, error="connection refused"))
    assert finding.state is LinkState.BROKEN
    assert "tools/run-redis.sh" in finding.advice


@pytest.mark.parametrize(
    ("changes", "state", "words"),
    [
        ({"maxmemory_policy": "allkeys-lru"}, LinkState.BROKEN, "deletes queues"),
        ({"used_memory": 1_000_000_000}, LinkState.BROKEN, "refuses writes"),
        ({"used_memory": 950_000_000}, LinkState.WARNING, "95 %"),
        ({"maxmemory": 0}, LinkState.WARNING, "no memory limit"),
        ({"role": "slave"}, LinkState.BROKEN, "replica"),
        ({"rdb_last_bgsave_status": "err"}, LinkState.BROKEN, "snapshot failed"),
        ({"aof_enabled": 1}, LinkState.WARNING, "append-only file"),
        ({"save": "3600 1"}, LinkState.WARNING, "snapshots"),
    ],
)
def test_each_wrong_setting_is_found(changes: dict[str, Any], state: LinkState, words: str) -> None:
    ((actual, text),) = found(**changes)
    assert actual is state
    assert words in text


def test_settings_that_may_not_be_read_are_no_finding() -> None:
    ((state, _),) = found(save=None)
    assert state is LinkState.OK
