"""A newcomer's first minutes with the real local system: real video, real models, one browser."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.local.local_system import LocalSystem
from tools.browser.chromium import Browser

pytestmark = [pytest.mark.data, pytest.mark.redis, pytest.mark.timeout(600)]


@pytest.fixture
def system(test_data: Path, tmp_path: Path) -> Iterator[LocalSystem]:
    """The local system that looks for people in a real video."""
    video = test_data / "videos" / "core" / "people-detection_reenc.mp4"
    models = str(test_data / "models")
    system = LocalSystem(
        "--task", "people", "--models", models, str(video), log=tmp_path / "log"
    )  # fmt: skip
    yield system
    system.kill()


async def click(browser: Browser, text: str) -> None:
    """Click the button or link that reads so."""
    await browser.call("page", "click", f"main :is(button, a):has-text('{text}') >> visible=true")


async def test_from_the_first_person_to_a_stream_of_ones_own(
    system: LocalSystem, browser: Browser, test_data: Path
) -> None:
    address = f"http://127.0.0.1:{system.port}/"
    await asyncio.to_thread(system.until, lambda: system.get("/api/session"), 120)
    await browser.call("page", "goto", address)

    # Real people are seen in the video.
    await browser.until("document.querySelector('.tile .state.good') !== null", 80)
    await browser.evaluate("document.querySelector('.tile .name').click()")
    await browser.until("document.querySelector('.chart')?.innerText.includes('person')", 80)
    await browser.until("document.body.innerText.includes('every one is accounted for')")

    # A stream of one's own is tried, added, paused and removed.
    await browser.evaluate("location.hash = '#/add'")
    await browser.until("document.querySelector('input[type=checkbox]') !== null")
    await click(browser, "Test picture")
    await browser.call("page", "fill", "input[placeholder='Entrance hall']", "my first stream")
    await browser.call("page", "check", "input[type=checkbox]")
    await click(browser, "Try it")
    await browser.until("document.querySelector('.trial canvas') !== null", 60)
    await click(browser, "Add stream")
    await browser.until("document.querySelector('h1')?.innerText === 'my first stream'", 60)
    await browser.until("document.querySelector('.state.good') !== null", 60)
    await click(browser, "Pause")
    await browser.until(
        "document.querySelector('.head .state')?.innerText.startsWith('paused')", 60
    )
    await click(browser, "Resume")
    await browser.until("document.querySelector('.head .state.good') !== null", 60)
    await click(browser, "Remove")
    await browser.call("page", "click", "dialog[open] button.danger")
    await browser.until("location.hash === '#/'")
    await browser.until("document.querySelectorAll('.tile:not(.gone)').length === 1", 60)

    # A picture from the disk is looked at, and what is no picture is refused in words.
    await browser.evaluate("location.hash = '#/picture'")
    await browser.until("document.querySelector('select option') !== null")
    picture = next((test_data / "images" / "core" / "coco_open33").glob("*.jpg"))
    await browser.call("page", "setInputFiles", "input[type=file]", str(picture))
    await browser.until(
        "document.querySelector('[aria-label=Answer]')?.innerText.includes('JSON')", 60
    )
    manifest = str(test_data / "MANIFEST.md")
    await browser.call("page", "setInputFiles", "input[type=file]", manifest)
    await browser.until(
        "document.querySelector('[role=alert]')?.innerText.includes('not a JPEG or PNG')"
    )
    assert await browser.call("notes", "said") == []
