"""One command on one machine: it shows, it heals, and it leaves nothing behind."""

from __future__ import annotations

import asyncio
import shutil
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest
from websockets.asyncio.client import connect

from apps.pipeline.messages import Result, wire
from tests.conftest import soak_factor
from tests.support.local_system import LocalSystem
from tests.support.waiting import promised

pytestmark = [pytest.mark.data, pytest.mark.redis, pytest.mark.timeout(300)]

Start = Callable[..., LocalSystem]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    systems: list[LocalSystem] = []

    def begin(*arguments: str, **variables: str) -> LocalSystem:
        log = tmp_path / f"log-{len(systems)}.txt"
        system = LocalSystem(*arguments, log=log, variables=variables)
        systems.append(system)
        return system

    yield begin
    for system in systems:
        system.kill()


@pytest.mark.parametrize(
    ("task", "video", "label"),
    [
        ("people", "people-detection_reenc.mp4", "person"),
        ("face", "head-pose-face-detection-female-and-male_preview.mp4", "face"),
        ("car", "car-detection.mp4", "vehicle"),
    ],
)
def test_real_things_are_found_live_within_ten_seconds(
    start: Start, test_data: Path, task: str, video: str, label: str
) -> None:
    source = test_data / "videos" / "core" / video
    system = start("--models", str(test_data / "models"), "--task", task, str(source))
    (stream,) = system.until(system.streams, 120)
    results = asyncio.run(_results_until_found(system, stream["id"], label, 120))
    took = results[0][0] - system.started
    print(f"first result {took:.1f} s after the start")
    assert took < 10 or soak_factor() < 1
    assert results[-1][1].jpeg is not None
    assert system.stop() == 0


async def _results_until_found(
    system: LocalSystem, stream_id: str, label: str, seconds: float
) -> list[tuple[float, Result]]:
    results = []
    async with (
        asyncio.timeout(seconds),
        connect(f"ws://127.0.0.1:{system.port}/{stream_id}", max_size=None) as socket,
    ):
        async for message in socket:
            assert isinstance(message, bytes)
            result = wire.decode(Result, message)
            results.append((time.monotonic(), result))
            if result.jpeg and any(found.label == label for found in result.detections):
                break
    return results


def test_it_ends_by_itself_and_leaves_no_process_and_no_file(
    start: Start, short_folder: Path
) -> None:
    line = ("--model", "stub:ms=5", "--duration", "8", "synthetic:pattern")
    system = start(*line, TMPDIR=str(short_folder))
    system.until(lambda: len(system.family()) >= 4, 40)
    family = system.family()
    assert system.end() == 0
    assert not [process for process in family if process.is_running()]
    assert list(short_folder.iterdir()) == []
    assert "no processes or files remain" in system.text


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_stops_everything(start: Start, number: int) -> None:
    system = start("--model", "stub:ms=5", "synthetic:pattern")
    system.until(system.streams, 120)
    family = system.family()
    assert system.stop(number) == 0
    assert not [process for process in family if process.is_running()]


def test_when_the_runner_is_killed_its_children_leave(start: Start) -> None:
    system = start("--model", "stub:ms=5", "synthetic:pattern")
    system.until(system.streams, 120)
    family = system.family()
    system.stop(signal.SIGKILL)
    _, alive = psutil.wait_procs(family, timeout=20)
    assert not alive


def test_redis_is_killed_and_everything_comes_back_with_its_pid(start: Start) -> None:
    system = start("--model", "stub:ms=5", "synthetic:pattern")
    system.until(lambda: [s for s in system.streams() if s["inferred_fps"] > 1], 120)
    services = {process.pid for process in system.family() if "apps." in str(process.cmdline())}
    took = asyncio.run(_watch_through_a_restart(system))
    print(f"back {took:.1f} s after Redis was killed, for the same viewer")
    assert took < promised(10)
    assert services <= {process.pid for process in system.family()}
    assert [task["error"] for task in system.get("/api/ledger")["tasks"]] == [0]


async def _watch_through_a_restart(system: LocalSystem) -> float:
    """One viewer on one connection, before and after; seconds until everything was back."""
    (stream,) = system.streams()
    first = system.get("/api/ledger")["tasks"][0]["id"]
    address = f"ws://127.0.0.1:{system.port}/{stream['id']}"
    async with connect(address, max_size=None) as socket, asyncio.timeout(120):
        await socket.recv()
        system.child(["redis-server"]).kill()
        killed = time.monotonic()
        while not await asyncio.to_thread(_is_back, system, first):
            await asyncio.sleep(0.1)
        back_us = time.time() * 1e6  # Redis runs on this machine, so this is its clock too
        while wire.decode(Result, await socket.recv(decode=False)).inferred_at < back_us:
            pass
        return time.monotonic() - killed


def _is_back(system: LocalSystem, first: str) -> bool:
    """Whether the books are new and fill, and the stream is live."""
    ledger, streams = system.get("/api/ledger"), system.streams()
    return (
        bool(ledger and ledger["tasks"] and ledger["tasks"][0]["id"] != first)
        and ledger["tasks"][0]["inferred"] > 10
        and bool(streams and streams[0]["state"] == "live")
    )


def test_a_source_that_is_not_there_is_said_in_one_line(start: Start) -> None:
    system = start("--model", "stub:ms=5", "nowhere.mp4")
    assert system.end() == 2
    assert "nowhere.mp4: File or folder not found" in system.text


def test_a_model_that_cannot_be_read_is_said_in_one_line_and_ends_it(
    start: Start, test_data: Path, tmp_path: Path
) -> None:
    sound = test_data / "models" / "omz" / "face-detection-retail-0004" / "FP16"
    damaged = tmp_path / "models" / "face-detection-retail-0004" / "FP16"
    shutil.copytree(sound, damaged)
    weights = damaged / "face-detection-retail-0004.bin"
    weights.write_bytes(weights.read_bytes()[:1000])
    system = start("--models", str(tmp_path / "models"), "--task", "face", "synthetic:pattern")
    assert system.end() == 2
    assert f"face worker 1: {weights}" in system.text
    assert "Cannot run: face worker 1 ended unexpectedly with exit code 3" in system.text


def test_a_wrong_setting_of_a_service_ends_it_with_the_line_of_that_service(
    start: Start,
) -> None:
    system = start("--model", "stub:ms=5", "synthetic:pattern", EI_SIZE="large")
    assert system.end() == 2
    assert "streams: EI_SIZE: 'large' is not a size" in system.text
