"""The dashboard reports failures and recovers from them without a reload."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

import pytest

from apps.local.redis_server import RedisServer
from apps.pipeline.messages import SourceState
from apps.runtime.connection import connect
from tests.support.clips import numbered
from tests.support.simulated_system import SimulatedSystem
from tests.support.waiting import promised, until
from tools.browser.chromium import Browser

pytestmark = pytest.mark.timeout(300)

STATES = "[...document.querySelectorAll('.tile .state')].map((state) => state.textContent)"


ALL_LIVE = f"{STATES}.join() === 'live,live,live'"


async def three_tiles(simulation: SimulatedSystem, browser: Browser) -> list[str]:
    clip = numbered()
    found = [simulation.add_stream(name, clip) for name in ("gate", "hall", "yard")]
    simulation.start_gateway()
    await simulation.gateway_ready()
    await browser.call("page", "goto", simulation.address)
    await browser.until(ALL_LIVE)
    return found


async def test_all_tiles_are_live_again_within_five_seconds_of_a_restart_without_a_reload(
    simulation: SimulatedSystem, browser: Browser
) -> None:
    await three_tiles(simulation, browser)
    await browser.evaluate("window.sameDocument = true")
    simulation.kill_gateway()
    await browser.until(f"{STATES}.every((word) => word === 'reconnecting' || word === 'stale')")
    await browser.until("document.body.innerText.includes('The gateway is not responding')")
    await asyncio.sleep(5)  # the pauses between retries have reached their maximum
    simulation.start_gateway()
    await simulation.gateway_ready()
    answered = time.monotonic()
    await browser.until(ALL_LIVE, promised(5))
    print(f"all live {time.monotonic() - answered:.1f} s after the gateway answered")
    assert await browser.evaluate("window.sameDocument")


async def test_every_page_opens_while_the_gateway_is_down(
    simulation: SimulatedSystem, browser: Browser
) -> None:
    await three_tiles(simulation, browser)
    await browser.until(
        "['StreamPage', 'ScalingPage', 'PicturePage', 'AddPage', 'ComparePage'].every((page) => "
        "performance.getEntriesByType('resource').some(({name}) => name.includes(page)))"
    )
    simulation.kill_gateway()
    await browser.until("document.body.innerText.includes('The gateway is not responding')")
    await browser.evaluate("location.hash = '#/scaling'")
    await browser.until("document.body.innerText.includes('Scaling data is not available')")
    await browser.evaluate("location.hash = '#/streams/gate%3Apeople'")
    await browser.until("document.querySelector('h1')?.innerText === 'gate'")


async def test_a_stopped_stream_shows_offline_and_the_reason_within_five_seconds(
    simulation: SimulatedSystem, browser: Browser
) -> None:
    gate, *_ = await three_tiles(simulation, browser)
    simulation.change_stream(gate, state=SourceState.OFFLINE, error="no answer from 10.0.0.9")
    stopped = time.monotonic()
    await browser.until(f"{STATES}[0].startsWith('offline since')", promised(5))
    print(f"offline {time.monotonic() - stopped:.1f} s after the source reported it")
    assert await browser.evaluate("document.querySelector('.cover').innerText") == (
        "no answer from 10.0.0.9."
    )
    simulation.change_stream(gate, state=SourceState.LIVE, error="")
    await browser.until(ALL_LIVE)


async def test_a_stream_without_heartbeats_is_offline_within_five_seconds(
    simulation: SimulatedSystem, browser: Browser
) -> None:
    gate, *_ = await three_tiles(simulation, browser)
    await simulation.drop_stream(gate)
    died = time.monotonic()
    await browser.until(f"{STATES}[0].startsWith('offline since')", promised(5))
    print(f"offline {time.monotonic() - died:.1f} s after its source died")
    assert "no longer sends heartbeats" in await browser.evaluate(
        "document.querySelector('.cover').innerText"
    )


async def test_tiles_without_workers_report_it_and_recover(
    simulation: SimulatedSystem, browser: Browser
) -> None:
    await three_tiles(simulation, browser)
    simulation.workers = False
    await browser.until(f"{STATES}.join() === 'no worker,no worker,no worker'")
    assert "No worker serves this task" in await browser.evaluate(
        "document.querySelector('.cover').innerText"
    )
    simulation.workers = True
    await browser.until(ALL_LIVE)


async def test_every_page_reports_a_redis_failure_and_recovers_without_a_reload(
    redis_server: RedisServer, browser: Browser, tmp_path: Path
) -> None:
    redis = connect(redis_server.settings, name="test")
    async with SimulatedSystem(redis_server, redis, tmp_path / "gateway.log") as simulation:
        await three_tiles(simulation, browser)
        await browser.evaluate("window.sameDocument = true")
        await asyncio.to_thread(redis_server.stop)
        told = "document.querySelector('.strip')?.innerText.startsWith('Redis')"
        for page in ("/", "/scaling", "/picture", "/add", "/streams/gate%3Apeople"):
            await browser.evaluate(f"location.hash = '#{page}'")
            await browser.until(f"location.hash === '#{page}' && {told}")
        await browser.evaluate("location.hash = '#/'")
        await browser.until(f"{STATES}.every((word) => word.startsWith('offline since'))")
        await asyncio.to_thread(redis_server.start)
        await browser.until(f"{ALL_LIVE} && !{told}", 60)
        assert await browser.evaluate("window.sameDocument")
    await redis.aclose()


async def test_new_streams_appear_and_removed_ones_are_reported_without_a_reload(
    simulation: SimulatedSystem, browser: Browser
) -> None:
    _, hall, _ = await three_tiles(simulation, browser)
    simulation.add_stream("attic", numbered())
    await browser.until(f"{STATES}.join() === 'live,live,live,live'")
    await simulation.remove_stream(hall)
    await browser.until(f"{STATES}.some((word) => word.startsWith('offline since'))")


async def test_leaving_a_page_closes_its_connections(
    simulation: SimulatedSystem, browser: Browser
) -> None:
    await three_tiles(simulation, browser)
    await browser.evaluate("location.hash = '#/picture'")
    await until(lambda: not simulation.watched)


async def test_an_unknown_stream_is_reported_as_missing(
    simulation: SimulatedSystem, browser: Browser
) -> None:
    await three_tiles(simulation, browser)
    await browser.evaluate("location.hash = '#/streams/nowhere%3Apeople'")
    await browser.until("document.body.innerText.includes('Stream not found')")
