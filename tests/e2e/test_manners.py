"""What goes wrong, and how the dashboard takes it: in words, and back by itself."""

from __future__ import annotations

import asyncio
import time

from apps.pipeline.messages import SourceState
from tests.e2e.clips import numbered
from tests.e2e.stage import Stage
from tests.waiting import promised
from tools.browser.chromium import Browser

STATES = "[...document.querySelectorAll('.tile .state')].map((state) => state.textContent)"


async def three_tiles(stage: Stage, browser: Browser) -> list[str]:
    clip = numbered()
    found = [stage.enter(name, clip) for name in ("gate", "hall", "yard")]
    stage.start_gateway()
    await stage.until_it_answers()
    await browser.call("page", "goto", stage.address)
    await browser.until(f"{STATES}.join() === 'live,live,live'", 60)
    return found


async def test_all_tiles_are_live_again_within_five_seconds_of_a_restart_without_a_reload(
    stage: Stage, browser: Browser
) -> None:
    await three_tiles(stage, browser)
    await browser.evaluate("window.sameDocument = true")
    stage.kill_gateway()
    await browser.until(f"{STATES}.every((word) => word === 'reconnecting' || word === 'stale')")
    await browser.until("document.body.innerText.includes('The gateway does not answer')")
    await asyncio.sleep(5)
    stage.start_gateway()
    await stage.until_it_answers()
    answered = time.monotonic()
    await browser.until(f"{STATES}.join() === 'live,live,live'", promised(5))
    print(f"all live {time.monotonic() - answered:.1f} s after the gateway answered")
    assert await browser.evaluate("window.sameDocument")


async def test_a_stopped_stream_says_offline_and_why_within_five_seconds(
    stage: Stage, browser: Browser
) -> None:
    gate, *_ = await three_tiles(stage, browser)
    stage.change(gate, state=SourceState.OFFLINE, error="no answer from 10.0.0.9")
    await browser.until(f"{STATES}[0].startsWith('offline since')", promised(5))
    assert await browser.evaluate("document.querySelector('.cover').innerText") == (
        "no answer from 10.0.0.9"
    )
    stage.change(gate, state=SourceState.LIVE, error="")
    await browser.until(f"{STATES}.join() === 'live,live,live'", promised(5))


async def test_new_streams_appear_and_gone_ones_say_so_without_a_reload(
    stage: Stage, browser: Browser
) -> None:
    _, hall, _ = await three_tiles(stage, browser)
    stage.enter("attic", numbered())
    await browser.until(f"{STATES}.join() === 'live,live,live,live'", promised(6))
    await stage.leave(hall)
    await browser.until(f"{STATES}.some((word) => word.startsWith('offline since'))", promised(8))


async def test_a_page_that_was_left_holds_no_connection(stage: Stage, browser: Browser) -> None:
    await three_tiles(stage, browser)
    await browser.evaluate("location.hash = '#/picture'")
    async with asyncio.timeout(40):
        while stage.watched:
            await asyncio.sleep(0.2)


async def test_an_unknown_stream_says_that_it_is_not_there(stage: Stage, browser: Browser) -> None:
    await three_tiles(stage, browser)
    await browser.evaluate("location.hash = '#/streams/nowhere%3Apeople'")
    await browser.until("document.body.innerText.includes('There is no such stream')")
