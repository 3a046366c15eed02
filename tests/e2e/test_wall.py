"""The wall in a real browser."""

from __future__ import annotations

import asyncio
import base64
from typing import Any

import cv2
import numpy as np
import pytest

from apps.vision.image import Pixels
from tests.support.clips import BARS, Clip, numbered
from tests.support.simulated_system import DRAWN, SimulatedSystem
from tools.browser.chromium import Browser

#: Texts of the states of all tiles.
STATES = "[...document.querySelectorAll('.tile .state')].map((state) => state.textContent)"

#: Number of tiles that request a reduced frame rate.
SLOWED = """[...document.querySelectorAll('.tile .age')]
    .filter((age) => age.title.includes('(reduced:')).length"""
#: Age of the picture in each tile, milliseconds.
AGES = """[...document.querySelectorAll('.tile .age b')].map(({textContent}) =>
    parseFloat(textContent) * (textContent.endsWith(' ms') ? 1 : 1000))"""

pytestmark = [pytest.mark.data, pytest.mark.timeout(300)]


def all_are(word: str, count: int) -> str:
    return f"{STATES}.filter((word) => word === {word!r}).length === {count}"


async def nine_tiles(simulation: SimulatedSystem, browser: Browser, recordings: list[Clip]) -> None:
    for place in range(9):
        simulation.add_stream(f"camera {place + 1}", recordings[place % len(recordings)])
    simulation.start_gateway()
    await simulation.gateway_ready()
    await browser.call("page", "goto", simulation.address)
    await browser.until(all_are("live", 9))


async def test_box_and_pixels_of_the_same_frame_are_always_together(
    simulation: SimulatedSystem, browser: Browser
) -> None:
    simulation.add_stream("numbered", numbered())
    simulation.start_gateway()
    await simulation.gateway_ready()
    await browser.call("page", "goto", simulation.address)
    await browser.until(all_are("live", 1))
    await browser.press("l", "b")  # labels would cover the bar
    await browser.until(f"!({DRAWN})")
    await browser.press("b")
    await browser.until(DRAWN)
    area = await browser.evaluate(
        "(({x, y, width, height}) => ({x, y: y + height / 2, width, height: 4, scale: 1}))"
        "(document.querySelector('.stage').getBoundingClientRect())"
    )
    places: set[int] = set()
    async with asyncio.timeout(120):
        while len(places) < 20:
            row = await _look(browser, area)
            if not _is_bright(row):  # the machine is too busy, and the tile reports it
                continue
            bar, box = _bar(row), _box(row)
            assert abs(bar[0] - box[0]) <= 3, (bar, box)
            assert abs(bar[1] - box[1]) <= 3, (bar, box)
            places.add(round(bar[0] * BARS / len(row)))


async def _look(browser: Browser, area: Any) -> Pixels:
    """One row of the current screen."""
    shot = await browser.call(
        "cdp", "send", "Page.captureScreenshot", {"clip": area, "captureBeyondViewport": False}
    )
    picture = cv2.imdecode(
        np.frombuffer(base64.b64decode(shot["data"]), np.uint8), cv2.IMREAD_COLOR
    )
    assert picture is not None
    return np.asarray(picture[picture.shape[0] // 2], np.uint8)


def _is_bright(row: Pixels) -> bool:
    """Whether the picture is not covered: it contains a white bar."""
    return bool((row.min(axis=1) > 200).any())


def _bar(row: Pixels) -> tuple[int, int]:
    """First and last white pixel, which belong to the picture."""
    white = np.flatnonzero(row.min(axis=1) > 200)
    return int(white[0]), int(white[-1])


def _box(row: Pixels) -> tuple[int, int]:
    """First and last coloured pixel, which belong to the box."""
    wide = row.astype(int)
    coloured = np.flatnonzero(wide.max(axis=1) - wide.min(axis=1) > 60)
    return int(coloured[0]), int(coloured[-1])


async def test_a_tile_off_screen_stops_requesting_pixels(
    simulation: SimulatedSystem, browser: Browser, recordings: list[Clip]
) -> None:
    await nine_tiles(simulation, browser, recordings)
    await browser.press("-")
    await browser.evaluate("document.querySelector('select[title^=Columns]').focus()")
    await browser.call("page", "selectOption", "select[title^=Columns]", "1")
    async with asyncio.timeout(60):
        while len(simulation.watched) > 3:
            await asyncio.sleep(0.2)
    await browser.evaluate("document.querySelector('li:last-child').scrollIntoView()")
    async with asyncio.timeout(60):
        while "camera%209:car" not in simulation.watched:
            await asyncio.sleep(0.2)
    await browser.until(f"{STATES}.at(-1) === 'live'")


async def test_switches_change_the_drawing_without_a_request(
    simulation: SimulatedSystem, browser: Browser
) -> None:
    identity = simulation.add_stream("numbered", numbered())
    simulation.start_gateway()
    await simulation.gateway_ready()
    await browser.call("page", "goto", simulation.address)
    await browser.until(all_are("live", 1))
    await browser.until(DRAWN)
    await browser.press("b", "l")
    await browser.until(f"!({DRAWN})")
    await browser.press("b")
    await browser.until(DRAWN)
    assert identity in simulation.watched


async def test_a_slow_computer_shows_fewer_frames_instead_of_old_ones(
    simulation: SimulatedSystem, browser: Browser, recordings: list[Clip]
) -> None:
    await nine_tiles(simulation, browser, recordings)
    for rate in range(6, 26, 2):  # the required slowdown depends on this computer
        await browser.call("cdp", "send", "Emulation.setCPUThrottlingRate", {"rate": rate})
        await asyncio.sleep(10)  # a tile without a reduced rate would be far behind by then
        if await browser.evaluate(f"{SLOWED} >= 3"):
            break
    await browser.until(f"{SLOWED} >= 3 && Math.max(...{AGES}) < 5000", 120)
    await browser.call("cdp", "send", "Emulation.setCPUThrottlingRate", {"rate": 1})
