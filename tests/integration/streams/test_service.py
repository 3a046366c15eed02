"""`python -m apps.streams` as a process, with a real Redis that fails and returns."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
from redis.asyncio import Redis

from apps.local.redis_server import RedisServer
from apps.pipeline import keys
from apps.pipeline.live_queue.frame_queue import FrameQueue
from apps.pipeline.messages import Frame, SourceState, StreamInfo, wire
from apps.pipeline.registry import trials
from apps.pipeline.registry.control import StreamWanted
from apps.pipeline.registry.heartbeats import Registry
from apps.pipeline.registry.wanted_streams import WantedStreams
from apps.runtime.clock import RedisClock
from apps.runtime.connection import UNREACHABLE, connect
from apps.streams.sources.synthetic import read_sequence
from apps.vision.image import decode
from tests.support.pictures import grey_jpeg
from tests.support.waiting import promised, until_true

ROOT = Path(__file__).parents[3]
PATTERN = "synthetic:pattern?size=320x240&fps=30"

pytestmark = pytest.mark.redis


class Streams:
    """The process, and its state in Redis."""

    def __init__(self, server: RedisServer, *flags: str, **variables: str) -> None:
        self.server = server
        environment = {k: v for k, v in os.environ.items() if not k.startswith("EI_")}
        password = server.settings.queue_password_file
        environment |= {"EI_QUEUE_PASSWORD_FILE": password} if password else {}
        command = [
            sys.executable, "-m", "apps.streams", "--metrics-port", "0",
            "--queue-socket", server.socket_path, "--queue-timeout", "1", *flags,
        ]  # fmt: skip
        self.process = subprocess.Popen(
            command, cwd=ROOT, env=environment | variables, stderr=subprocess.PIPE, text=True
        )
        self.redis: Redis = connect(server.settings, name="test", timeout=5)

    async def infos(self) -> list[StreamInfo]:
        clock = RedisClock()
        try:
            await clock.synchronise(self.redis)
            return await Registry(self.redis, clock).streams()
        except UNREACHABLE:
            return []

    async def queued(self, task: str) -> list[Frame]:
        found: Any = await self.redis.lrange(keys.queue(task), 0, -1)
        return [wire.decode(Frame, data) for data in found]

    async def live(self, *ids: str, seconds: float = 60.0) -> list[StreamInfo]:
        found: list[StreamInfo] = []

        async def are_live() -> bool:
            found[:] = await self.infos()
            alive = {info.id for info in found if info.state is SourceState.LIVE and info.pushed}
            return alive >= set(ids)

        await until_true(are_live, seconds, every=0.05)
        return found

    async def pushed_more(self, seconds: float = 40.0) -> None:
        """Wait until more frames were pushed."""
        before = await self.redis.hgetall(keys.live_keys("face")[2])

        async def more() -> bool:
            try:
                now = await self.redis.hgetall(keys.live_keys("face")[2])
            except UNREACHABLE:
                return False
            return bool(now) and now != before

        await until_true(more, seconds, every=0.05)

    def end(self) -> int:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(40)
        if self.process.stderr is not None:
            self.process.stderr.close()
        return code


@pytest.fixture
def started(redis_server: RedisServer) -> Iterator[list[Streams]]:
    """The processes of a test, which end with it."""
    del redis_server
    made: list[Streams] = []
    yield made
    for streams in made:
        streams.process.kill()
        streams.end()


@pytest.fixture
async def pattern(redis_server: RedisServer, started: list[Streams]) -> AsyncIterator[Streams]:
    streams = Streams(redis_server, "--source", PATTERN, "--stream-name", "demo")
    started.append(streams)
    await streams.live("demo:face")
    yield streams
    await streams.redis.aclose()


async def test_frames_have_the_picture_and_the_capture_time_of_the_source(pattern: Streams) -> None:
    frames = await pattern.queued("face")
    info = (await pattern.infos())[0]
    assert frames
    for frame in frames:
        assert (frame.name, frame.category, frame.epoch) == ("demo", "face", info.epoch)
        assert read_sequence(decode(frame.data).pixels) == frame.sequence
    assert (info.width, info.height, info.kind) == (320, 240, "synthetic")


async def test_a_restarted_process_has_a_later_epoch(
    pattern: Streams, redis_server: RedisServer, started: list[Streams]
) -> None:
    before = (await pattern.infos())[0].epoch
    assert pattern.end() == 0
    assert await pattern.infos() == []
    again = Streams(redis_server, "--source", PATTERN, "--stream-name", "demo")
    started.append(again)
    assert (await again.live("demo:face"))[0].epoch > before
    await again.redis.aclose()


async def test_a_killed_redis_costs_only_frames(
    pattern: Streams, redis_server: RedisServer
) -> None:
    before = (await pattern.infos())[0]
    pid, process = pattern.process.pid, psutil.Process(pattern.process.pid)
    redis_server.stop()
    memory, threads = process.memory_info().rss, process.num_threads()
    await asyncio.to_thread(process.cpu_percent, 3.0)  # three seconds without Redis
    assert process.memory_info().rss < memory + (8 << 20)
    redis_server.start()
    info = (await pattern.live("demo:face", seconds=promised(10)))[0]
    assert pattern.process.poll() is None
    assert pattern.process.pid == pid
    assert process.num_threads() <= threads + 2
    assert info.epoch == before.epoch
    assert info.captured > before.captured + 30
    assert info.dropped["unreachable"] > 10
    pending = info.captured - info.pushed - sum(info.dropped.values())
    assert 0 <= pending <= 2


async def test_the_counters_match_the_ledger_after_redis_hangs(
    pattern: Streams, redis_server: RedisServer
) -> None:
    redis_server.signal(signal.SIGSTOP)
    process = psutil.Process(pattern.process.pid)
    await asyncio.to_thread(process.cpu_percent, 3.0)
    redis_server.signal(signal.SIGCONT)
    await pattern.pushed_more()
    process.send_signal(signal.SIGTERM)
    await asyncio.to_thread(pattern.process.wait, 40)
    ledger = await FrameQueue(pattern.redis, "face").sweep()
    frames = await pattern.queued("face")
    sequences = [frame.sequence for frame in frames]
    assert len(set(sequences)) == len(sequences)  # a repeated push is recognised
    assert ledger.streams["demo"].pushed >= len(sequences)


async def test_a_signal_ends_the_process_while_a_source_hangs(
    redis_server: RedisServer, started: list[Streams]
) -> None:
    streams = Streams(redis_server, "--source", "synthetic:street?size=3840x2160&fps=60")
    started.append(streams)

    async def opened() -> bool:
        return bool(await streams.infos())

    await until_true(opened, 60)
    assert await asyncio.to_thread(streams.end) == 0
    await streams.redis.aclose()


async def test_requested_streams_start_pause_and_end(
    redis_server: RedisServer, started: list[Streams]
) -> None:
    streams = Streams(redis_server, "--follow", "true")
    started.append(streams)
    wanted = WantedStreams(streams.redis)
    for name in ("one", "two"):
        await wanted.add(StreamWanted(name=name, tasks=("face", "people"), source=PATTERN))
    await streams.live("one:face", "one:people", "two:face", "two:people")
    await wanted.replace(
        StreamWanted(name="one", tasks=("face", "people"), source=PATTERN, paused=True)
    )
    await wanted.remove("two")

    async def as_asked() -> bool:
        found = {(info.name, info.state) for info in await streams.infos()}
        return found == {("one", SourceState.PAUSED)}

    await until_true(as_asked, every=0.05)
    clock = RedisClock()
    await clock.synchronise(streams.redis)
    answer = await trials.ask(streams.redis, PATTERN, now=clock.now(), seconds=4)
    assert answer is not None
    assert (answer.width, answer.height, answer.error) == (320, 240, "")
    await streams.redis.aclose()


async def test_a_fifo_as_camera_works_with_a_redis_password(
    short_folder: Path, tmp_path: Path
) -> None:
    (tmp_path / "video3").write_bytes(b"".join(grey_jpeg(64, 48 + 8 * n) for n in range(4)))
    (short_folder / "redis").mkdir()
    server = RedisServer(short_folder / "redis", password="correct-horse")
    server.start()
    streams = Streams(
        server, EI_SOURCE="camera:3", EI_CAMERA_PATH=f"{tmp_path}/video{{index}}",
        EI_TASKS="people", EI_STREAM_NAME="hall", EI_FPS="20",
    )  # fmt: skip
    try:
        info = (await streams.live("hall:people"))[0]
        assert (info.id, info.kind, info.source) == ("hall:people", "camera", "camera:3")
        frames = [frame.data for frame in await streams.queued("people")]
        originals = {grey_jpeg(64, 48 + 8 * n) for n in range(4)}
        assert set(frames) <= originals
    finally:
        await streams.redis.aclose()
        assert streams.end() == 0
        server.stop()


@pytest.mark.parametrize(
    ("flags", "code", "words"),
    [
        ((), 2, "No source to stream"),
        (("--source", "/nowhere/clip.mp4"), 4, "no such file"),
        (("--source", "synthetic:nowhere"), 4, "Unknown scene"),
        (("--source", PATTERN, "--size", "large"), 2, "EI_SIZE"),
        (("--source", PATTERN, "--policy", "random"), 2, "choose one of"),
    ],
)
def test_invalid_settings_end_the_process_with_one_line(
    session_redis: RedisServer, flags: tuple[str, ...], code: int, words: str
) -> None:
    streams = Streams(session_redis, *flags)
    _, text = streams.process.communicate(timeout=30)
    assert streams.process.returncode == code
    assert words in text
    assert len(text.splitlines()) == 1
