"""The first minutes of a new user: real local system, real video, real models, one browser."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.local_system import LocalSystem
from tools.browser.chromium import Browser

pytestmark = [pytest.mark.data, pytest.mark.redis, pytest.mark.timeout(600)]


@pytest.fixture
def system(test_data: Path, tmp_path: Path) -> Iterator[LocalSystem]:
    """The local system with the people task and a real video."""
    video = test_data / "videos" / "core" / "people-detection_reenc.mp4"
    models = str(test_data / "models")
    system = LocalSystem(
        "--task", "people", "--models", models, str(video), log=tmp_path / "log"
    )  # fmt: skip
    yield system
    system.kill()


async def click(browser: Browser, text: str) -> None:
    """Click the button or link with this text."""
    await browser.call("page", "click", f"main :is(button, a):has-text('{text}') >> visible=true")


async def test_from_the_first_detection_to_adding_a_stream(
    system: LocalSystem, browser: Browser, test_data: Path
) -> None:
    address = f"http://127.0.0.1:{system.port}/"
    await asyncio.to_thread(system.until, lambda: system.get("/api/session"), 120)
    await browser.call("page", "goto", address)

    # Real people are seen in the video.
    await browser.until("document.querySelector('.tile .state.good') !== null", 80)
    await browser.evaluate("document.querySelector('.tile .name').click()")
    await browser.until("document.querySelector('.chart')?.innerText.includes('person')", 80)
    await browser.until("document.body.innerText.includes('All are accounted for')")

    await try_and_add_a_stream(browser)
    await pause_rename_and_remove_it(browser)
    core = test_data / "videos" / "core"
    await upload_a_video(browser, core / "one-by-one-person-detection.mp4")
    picture = next((test_data / "images" / "core" / "coco_open33").glob("*.jpg"))
    await look_at_a_picture(browser, picture, no_picture=test_data / "MANIFEST.md")
    assert await browser.call("notes", "said") == []


async def open_the_form(browser: Browser, kind: str) -> None:
    await browser.evaluate("location.hash = '#/add'")
    await browser.until("document.querySelector('input[type=checkbox]') !== null")
    await click(browser, kind)


async def until_it_plays(browser: Browser, name: str) -> None:
    await browser.until(f"document.querySelector('h1')?.innerText === '{name}'")
    await browser.until("document.querySelector('.head .state.good') !== null")


async def try_and_add_a_stream(browser: Browser) -> None:
    await open_the_form(browser, "Drawn scene")
    await browser.call("page", "fill", "input[placeholder='Entrance hall']", "my first stream")
    await browser.call("page", "check", "input[type=checkbox]")
    await click(browser, "Try it")
    await browser.until("document.querySelector('.trial canvas') !== null")
    await click(browser, "Add stream")
    await until_it_plays(browser, "my first stream")


async def pause_rename_and_remove_it(browser: Browser) -> None:
    await click(browser, "Pause")
    await browser.until("document.querySelector('.head .state')?.innerText.startsWith('paused')")
    await click(browser, "Resume")
    await until_it_plays(browser, "my first stream")
    await click(browser, "Edit")
    await browser.until("document.querySelector('input[placeholder]')?.value")
    await browser.call("page", "fill", "input[placeholder='Entrance hall']", "renamed")
    await click(browser, "Save")
    await until_it_plays(browser, "renamed")
    await click(browser, "Remove")
    await browser.call("page", "click", "dialog[open] button.danger")
    await browser.until("location.hash === '#/'")
    await browser.until("document.querySelectorAll('.tile:not(.gone)').length === 1")


async def upload_a_video(browser: Browser, video: Path) -> None:
    await open_the_form(browser, "Video file")
    await browser.call("page", "setInputFiles", "input[type=file]", str(video))
    await browser.until(f"document.querySelector('input[maxlength]').value === '{video.stem}'")
    await browser.call("page", "check", "input[type=checkbox]")
    await click(browser, "Add stream")
    await until_it_plays(browser, video.stem)


async def look_at_a_picture(browser: Browser, picture: Path, no_picture: Path) -> None:
    await browser.evaluate("location.hash = '#/picture'")
    await browser.until("document.querySelector('select option') !== null")
    await browser.call("page", "setInputFiles", "input[type=file]", str(picture))
    await browser.until("document.querySelector('[aria-label=Result]')?.innerText.includes('JSON')")
    await browser.call("page", "setInputFiles", "input[type=file]", str(no_picture))
    await browser.until(
        "document.querySelector('[role=alert]')?.innerText.includes('not a JPEG or PNG')"
    )
