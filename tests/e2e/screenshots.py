"""Takes the screenshots of the documentation: wall, stream, compare, scaling and sign-in.

    python -m tests.e2e.screenshots [--out docs/images] [streams | scaling | sign-in …]

Wall, stream and compare show recorded results of real videos (EI_TEST_DATA), so that
other processes do not slow down the display; scaling shows the real local system under a load
that rises and falls. The videos are Intel's sample-videos, CC BY 4.0: their pictures are
shown with that credit.
"""

from __future__ import annotations

import argparse
import asyncio
import base64
import os
import sys
import tempfile
from pathlib import Path

from apps.gateway.passwords import make_hash
from apps.local.redis_server import RedisServer, find_binary
from apps.pipeline.messages import SourceState
from apps.runtime.connection import connect
from tests.support.clips import record
from tests.support.local_system import LocalSystem
from tests.support.simulated_system import SimulatedSystem
from tools.browser.chromium import ROOT, Browser, what_is_missing

#: Name on the wall, task, video, and first frame.
CAST = [
    ("Car park", "car", "core/car-detection.mp4", 60),
    ("Corridor", "people", "core/people-detection_reenc.mp4", 60),
    ("Crossing", "car", "core/person-bicycle-car-detection_preview.mp4", 0),
    ("Lobby", "people", "core/one-by-one-person-detection.mp4", 150),
    ("Reception", "face-fp32", "core/head-pose-face-detection-female-and-male_preview.mp4", 0),
    ("Reception", "face-int8", "core/head-pose-face-detection-female-and-male_preview.mp4", 0),
    ("Seminar room", "people", "core/classroom_preview.mp4", 0),
    ("Walkway", "face-int8", "core/face-demographics-walking_preview.mp4", 0),
]

PAGES = ["streams", "scaling", "sign-in"]

PHONE = {"width": 390, "height": 844}
DESKTOP = {"width": 1440, "height": 900}


class Camera:
    """Takes screenshots of one browser."""

    def __init__(self, browser: Browser, out: Path) -> None:
        self._browser = browser
        self._out = out

    async def take(self, name: str, *, theme: str = "dark", phone: bool = False) -> None:
        """Save the current page as `<name>.webp`."""
        await self._browser.call("page", "emulateMedia", {"colorScheme": theme})
        await self._browser.call("page", "setViewportSize", PHONE if phone else DESKTOP)
        await asyncio.sleep(2)
        shot = await self._browser.call(
            "cdp", "send", "Page.captureScreenshot", {"format": "webp", "quality": 88}
        )
        path = self._out / f"{name}.webp"
        path.write_bytes(base64.b64decode(shot["data"]))
        print(path)


async def show_streams(browser: Browser, camera: Camera, data: Path, folder: Path) -> None:
    """Wall, stream and compare."""
    server = RedisServer(folder, binary=find_binary())
    server.start()
    redis = connect(server.settings, name="screenshots")
    async with SimulatedSystem(server, redis, folder / "gateway.log") as simulation:
        for name, task, video, skip in CAST:
            clip = record(data / "videos" / video, task, data / "models", 200, skip)
            simulation.add_stream(name, clip)
        dock = simulation.add_stream(
            "Loading dock", record(data / "videos" / CAST[0][2], "car", data / "models")
        )
        simulation.start_gateway()
        await simulation.gateway_ready()
        await asyncio.sleep(3)
        simulation.change_stream(
            dock, state=SourceState.OFFLINE, error="No response from 10.0.0.31 within 5 s"
        )
        await browser.call("page", "goto", simulation.address)
        await asyncio.sleep(6)
        await camera.take("wall")
        await camera.take("wall-light", theme="light")
        await camera.take("wall-phone", phone=True)
        await browser.evaluate("location.hash = '#/compare/Reception'")
        await asyncio.sleep(12)
        await camera.take("compare")
        await browser.evaluate("location.hash = '#/streams/Lobby%3Apeople'")
        await asyncio.sleep(45)
        await camera.take("stream")
        await camera.take("stream-light", theme="light")
    await redis.aclose()
    server.stop()


async def show_door(browser: Browser, camera: Camera, folder: Path) -> None:
    """Sign-in."""
    server = RedisServer(folder, binary=find_binary())
    server.start()
    redis = connect(server.settings, name="screenshots")
    users = folder / "users.yaml"
    users.write_text(f"users: [{{name: ann, role: admin, password: {make_hash('x')!r}}}]")
    async with SimulatedSystem(server, redis, folder / "gateway.log") as simulation:
        simulation.start_gateway({"EI_USERS_FILE": str(users)})
        await simulation.gateway_ready()
        await browser.call("page", "goto", simulation.address)
        await camera.take("sign-in")
    await redis.aclose()
    server.stop()


async def show_scaling(browser: Browser, camera: Camera, folder: Path) -> None:
    """Workers that scale with a load; they wait instead of computing, so two cores suffice."""
    system = LocalSystem(
        "--task", "people", "--model", "stub:slots=2,ms=50", "--max-workers", "6",
        "--time-scale", "10", "synthetic:pattern?fps=20&size=320x180", log=folder / "log",
    )  # fmt: skip
    try:
        await asyncio.to_thread(system.until, system.streams, 60)
        await browser.call("page", "goto", f"http://127.0.0.1:{system.port}/#/scaling")
        await asyncio.sleep(30)
        more = {"tasks": ["people"], "source": "synthetic:pattern?size=320x180", "fps": 40}
        for name in ("more", "even more"):
            await asyncio.to_thread(system.send, "POST", "/api/streams", {**more, "name": name})
            await asyncio.sleep(25)
        await asyncio.sleep(20)
        for name in ("even%20more", "more"):
            await asyncio.to_thread(system.send, "DELETE", f"/api/streams/{name}:people", {})
            await asyncio.sleep(35)
        await camera.take("scaling")
        await camera.take("scaling-light", theme="light")
    finally:
        system.kill()


async def take(pages: list[str], out: Path, data: Path) -> None:
    """The screenshots of these pages."""
    for page in pages:
        with tempfile.TemporaryDirectory(prefix="ei-") as name:
            folder = Path(name)
            browser = Browser(folder / "profile")
            await browser.start()
            camera = Camera(browser, out)
            if page == "streams":
                await show_streams(browser, camera, data, folder)
            elif page == "sign-in":
                await show_door(browser, camera, folder)
            else:
                await show_scaling(browser, camera, folder)
            await browser.close()


def main() -> None:
    """Take the requested screenshots."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("pages", nargs="*", choices=PAGES, help="all of them, if none is named")
    parser.add_argument("--out", type=Path, default=ROOT / "docs" / "images")
    options = parser.parse_args()
    if missing := what_is_missing():
        sys.exit(missing)
    options.out.mkdir(parents=True, exist_ok=True)
    data = Path(os.environ.get("EI_TEST_DATA", ROOT.parent / "shared" / "data"))
    asyncio.run(take(options.pages or PAGES, options.out, data))


if __name__ == "__main__":
    main()
