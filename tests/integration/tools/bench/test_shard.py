"""The cost of a frame in Redis is measured on the real scripts."""

from __future__ import annotations

from apps.local.redis_server import RedisServer
from tools.bench.standalone.shard import measure


async def test_every_step_of_a_frame_costs_something(redis_server: RedisServer) -> None:
    cost = await measure(redis_server, size=10_000, streams=8, batch=4, frames=800)
    assert 5 < cost.frame_us < 5000
    assert cost.beat_us > 0
    assert cost.listing_ms > 0
