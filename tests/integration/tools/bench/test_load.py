"""What the benchmarks put beside the system: crowds of viewers, bare servers, cameras."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

import numpy as np
import pytest

from apps.vision.image import encode_jpeg
from tools.bench.cameras import cameras
from tools.bench.context import Context
from tools.bench.fanout.crowds import watching
from tools.bench.fanout.servers import FanoutServer, bare, gateway
from tools.bench.fanout.source import FanoutSource
from tools.bench.films import as_jpegs
from tools.bench.frames import Frames
from tools.bench.measurements.redis import REDIS
from tools.bench.rig import Rig, rig

EVERYWHERE = frozenset({0})


@pytest.fixture
def context(tmp_path_factory: pytest.TempPathFactory) -> Context:
    """The shortest samples that there can be."""
    folder = tmp_path_factory.mktemp("b")
    return Context(Frames(), (), (), 1, 0.05, True, folder, sorted(EVERYWHERE))


@pytest.fixture
async def bench(context: Context) -> AsyncIterator[Rig]:
    async with rig(context) as bench:
        yield bench


@contextlib.asynccontextmanager
async def server_of(kind: str, bench: Rig, source: FanoutSource) -> AsyncIterator[FanoutServer]:
    beating = asyncio.create_task(source.beat())
    started = (
        gateway(bench, source.stream, EVERYWHERE)
        if kind == "gateway"
        else bare(bench, source.stream, kind)
    )
    try:
        async with started as server:
            yield server
    finally:
        beating.cancel()
        await asyncio.gather(beating, return_exceptions=True)


@pytest.mark.parametrize("kind", ["gateway", "mailbox", "broadcast"])
async def test_a_crowd_sees_every_message_of_every_server_beside_one_who_never_reads(
    bench: Rig, kind: str
) -> None:
    source = FanoutSource(bench, "hall", "face", bytes(60_000))
    async with (
        server_of(kind, bench, source) as server,
        watching(server, 3, EVERYWHERE) as crowd,
        watching(server, 1, EVERYWHERE, stalled=True),
    ):
        seen, sent = 0, 0
        async with asyncio.timeout(60):
            while seen < 3:  # until the server listens
                await source.play(10, 0.1)
                seen += (await crowd.round()).messages
            await asyncio.sleep(1)
            await crowd.round()
            sent = await source.play(10, 1)
            ages: list[float] = []
            while len(ages) < 3 * sent:
                await asyncio.sleep(0.1)
                ages += (await crowd.round()).ages_ms
    assert len(ages) == 3 * sent
    assert all(0 < age < 30_000 for age in ages)


async def test_cameras_come_film_and_go(bench: Rig, tmp_path: Path) -> None:
    picture = encode_jpeg(np.full((48, 64, 3), 90, np.uint8), 90)
    as_jpegs(tmp_path / "film.mkv", [picture] * 15, 15)
    async with cameras(bench, tmp_path / "film.mkv", EVERYWHERE) as site:
        await site.set_count(2, ("face", "car"))
        books = await bench.ledger("car")
        assert all(books.streams[name].pushed > 0 for name in site.names)
        await site.set_count(0, ())
        assert site.names == []


async def test_redis_is_measured_beside_plain_lists(context: Context) -> None:
    found = await REDIS.run(context)
    by_name = {figure.name: figure.median for figure in found.figures}
    assert by_name["Redis, ours ÷ plain lists, batch 4"] > 1
    assert by_name["commands, plain, batch 4"] < by_name["commands, ours, batch 4"] < 60
