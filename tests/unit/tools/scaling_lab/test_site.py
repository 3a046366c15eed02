"""A large site is worked out shard by shard."""

from __future__ import annotations

from dataclasses import replace

from tools.scaling_lab.site import Site, plan, simulate_shard


def test_ten_thousand_cameras_need_shards_by_redis_thread() -> None:
    planned = plan(Site())
    assert planned.shards == planned.by_thread > planned.by_network
    assert planned.shard.thread <= 0.6
    assert planned.shards * planned.shard.cameras == 10_000


def test_large_pictures_make_the_network_the_limit() -> None:
    planned = plan(replace(Site(), kilobytes=600, gigabits=1))
    assert planned.shards == planned.by_network > planned.by_thread
    assert planned.shard.gigabits <= 0.6


def test_a_small_site_needs_no_shards() -> None:
    assert plan(replace(Site(), cameras=100)).shards == 1


def test_a_shard_survives_all_its_cameras_coming_back_at_once() -> None:
    planned = plan(Site())
    for name, ours, oracle in simulate_shard(planned):
        assert ours.lost_share - oracle.lost_share < 0.02, name
        assert ours.peak <= 30, name
