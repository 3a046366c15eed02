"""A browser, a simulated system, and recordings of real videos to play in it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from redis.asyncio import Redis

from apps.local.redis_server import RedisServer
from tests.support.clips import Clip, record
from tests.support.simulated_system import SimulatedSystem
from tools.browser.chromium import Browser, what_is_missing


@pytest.fixture
async def browser(tmp_path: Path) -> AsyncIterator[Browser]:
    """A new browser; the test is skipped if none can be started."""
    if missing := what_is_missing():
        pytest.skip(missing)
    browser = Browser(tmp_path / "profile")
    await browser.start()
    yield browser
    await browser.close()


@pytest.fixture
async def simulation(
    session_redis: RedisServer, real_redis: Redis, tmp_path: Path
) -> AsyncIterator[SimulatedSystem]:
    """A simulated system without streams; the test starts its gateway."""
    async with SimulatedSystem(session_redis, real_redis, tmp_path / "gateway.log") as simulation:
        yield simulation


@pytest.fixture(scope="session")
def recordings(test_data: Path) -> list[Clip]:
    """Real videos with the detections of real models: faces in INT8, people, and cars."""
    videos, models = test_data / "videos" / "core", test_data / "models"
    return [
        record(
            videos / "head-pose-face-detection-female-and-male_preview.mp4", "face-int8", models
        ),
        record(videos / "people-detection_reenc.mp4", "people", models),
        record(videos / "car-detection.mp4", "car", models),
    ]
