"""From the start command to a box over a real object, in a real browser."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import soak_factor
from tests.support.local_system import LocalSystem
from tests.support.simulated_system import DRAWN
from tools.browser.chromium import Browser

pytestmark = [pytest.mark.data, pytest.mark.redis, pytest.mark.timeout(300)]

FILMS = {
    "people": "people-detection_reenc.mp4",
    "face": "head-pose-face-detection-female-and-male_preview.mp4",
    "car": "car-detection.mp4",
}


@pytest.fixture(params=FILMS)
def system(
    request: pytest.FixtureRequest, test_data: Path, tmp_path: Path
) -> Iterator[LocalSystem]:
    """The local system with one task and a real video."""
    film = test_data / "videos" / "core" / FILMS[request.param]
    models = str(test_data / "models")
    started = LocalSystem(
        "--task", request.param, "--models", models, str(film), log=tmp_path / "log"
    )  # fmt: skip
    yield started
    started.kill()


async def test_boxes_are_drawn_within_ten_seconds_of_the_command(
    browser: Browser, system: LocalSystem
) -> None:
    await asyncio.to_thread(system.until, lambda: system.get("/api/session"), 120)
    await browser.call("page", "goto", f"http://127.0.0.1:{system.port}/")
    await browser.until(DRAWN, 120)
    took = time.monotonic() - system.started
    print(f"first boxes {took:.1f} s after the command")
    assert took < 10 or soak_factor() < 1  # only an idle machine can guarantee it
