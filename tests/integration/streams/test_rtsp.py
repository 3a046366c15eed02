"""RTSP from a real server that is killed, restarted, disconnected and slowed down."""

from __future__ import annotations

import asyncio
import shutil
import socket
import subprocess
import time
from collections.abc import AsyncIterator, Iterator
from itertools import islice
from pathlib import Path

import pytest

from apps.pipeline.messages import SourceState
from apps.streams.capture.stop_signal import StopSignal
from apps.streams.source_spec import AddressSpec
from apps.streams.sources.address import AddressSource
from apps.vision.image import jpeg_size
from apps.vision.video.picture import VideoPicture
from tests.integration.streams.watched_stream import watched
from tests.support.faulty_link import FaultyLink
from tests.support.waiting import promised, until, until_true

SCRIPT = Path(__file__).parents[2] / "support" / "rtsp_server.py"
#: Only the system's Python has GStreamer's bindings.
PYTHON = "/usr/bin/python3"
PACKAGES = (
    "python3-gi gir1.2-gst-rtsp-server-1.0 gstreamer1.0-plugins-base gstreamer1.0-plugins-good "
    "gstreamer1.0-plugins-bad gstreamer1.0-plugins-ugly"
)
PROMISED = promised(5.0)


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


class RtspServer:
    """The real server as a process."""

    def __init__(self) -> None:
        self.port = free_port()
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def address(self) -> str:
        return f"rtsp://127.0.0.1:{self.port}/live"

    async def start(self) -> None:
        self._spawn()
        await until_true(self._listens)

    def _spawn(self) -> None:
        self.process = subprocess.Popen([PYTHON, str(SCRIPT), str(self.port)])

    def kill(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None

    async def _listens(self) -> bool:
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", self.port)
        except OSError:
            return False
        writer.close()
        return True


@pytest.fixture(scope="module")
def rtsp_packages() -> None:
    found = (
        Path(shutil.which("python3", path="/usr/bin") or "").is_file()
        and not subprocess.run(
            [PYTHON, str(SCRIPT), "0"], capture_output=True, check=False
        ).returncode
    )
    if not found:
        pytest.skip(f"no RTSP server for tests: apt-get install {PACKAGES}")


@pytest.fixture
async def server(rtsp_packages: None) -> AsyncIterator[RtspServer]:
    del rtsp_packages
    made = RtspServer()
    await made.start()
    yield made
    made.kill()


@pytest.fixture
def link(server: RtspServer) -> Iterator[FaultyLink]:
    made = FaultyLink(server.port)
    yield made
    made.close()


async def test_frames_arrive_at_the_rate_of_the_camera(server: RtspServer) -> None:
    async with watched(server.address) as door:
        took = await door.within(PROMISED, SourceState.LIVE)
        await until(lambda: len(door.frames) >= 30)
        await until(lambda: 10 < door.stream.infos()[0].fps < 22)
        info = door.stream.infos()[0]
    assert took < PROMISED
    assert all(jpeg_size(frame.data) == (320, 240) for frame in door.frames)
    assert (info.kind, info.width, info.height) == ("rtsp", 320, 240)


async def test_a_killed_server_is_offline_and_live_again_in_time(server: RtspServer) -> None:
    async with watched(server.address) as door:
        await door.within(2 * PROMISED, SourceState.LIVE)
        for _ in range(2):
            server.kill()
            await door.within(PROMISED, SourceState.OFFLINE)
            await server.start()
            await door.within(PROMISED, SourceState.LIVE)
    sequences = [frame.sequence for frame in door.frames]
    assert len(set(sequences)) == len(sequences)


async def test_a_stream_becomes_live_when_its_server_starts_later(server: RtspServer) -> None:
    server.kill()
    async with watched(server.address) as door:
        await door.within(PROMISED, SourceState.OFFLINE)
        assert "refused" in door.error
        await server.start()
        await door.within(PROMISED, SourceState.LIVE)


@pytest.mark.parametrize("fault", ["swallow", "cut", "drip"])
async def test_a_network_fault_is_offline_and_a_repaired_link_live_in_time(
    server: RtspServer, link: FaultyLink, fault: str
) -> None:
    address = server.address.replace(str(server.port), str(link.port))
    async with watched(address) as door:
        await door.within(2 * PROMISED, SourceState.LIVE)
        link.break_by(fault)
        await door.within(PROMISED, SourceState.OFFLINE)
        link.repair()
        await door.within(PROMISED, SourceState.LIVE)


async def test_a_missing_rtsp_path_is_a_readable_error(server: RtspServer) -> None:
    address = server.address.replace("rtsp://", "rtsp://admin:hunter2@").replace("/live", "/gone")
    async with watched(address) as door:
        await door.within(PROMISED, SourceState.OFFLINE)
        assert "not found" in door.error.lower()
        assert "hunter2" not in door.error


async def test_a_slow_machine_skips_frames_instead_of_falling_behind(
    server: RtspServer,
) -> None:
    source = AddressSource(AddressSpec(server.address), allow=("127.0.0.1",))
    shown = await asyncio.to_thread(lambda: list(islice(slowly(source), 50)))
    behind = [now - seconds for seconds, now in shown]
    # processing every frame would take 4 s longer than the camera
    assert behind[-1] - min(behind) < 2.5


def slowly(source: AddressSource) -> Iterator[tuple[float, float]]:
    """Camera time and local time of each picture; each picture keeps this machine busy."""
    for raw in source.pictures(StopSignal()):
        assert isinstance(raw, VideoPicture)
        if raw.frame.pts is not None:
            yield raw.frame.time, raw.captured_monotonic_us / 1e6
        time.sleep(0.15)
