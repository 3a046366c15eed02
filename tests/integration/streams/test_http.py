"""MJPEG over HTTP: unchanged pictures, and fast detection of faults and recovery."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import av
import pytest

from apps.pipeline.messages import SourceState
from tests.integration.streams.watched_stream import watched
from tests.support.fake_source import write_video
from tests.support.mjpeg_server import MjpegServer
from tests.support.pictures import grey_jpeg
from tests.support.waiting import promised, until

JPEGS = [grey_jpeg(320, 200 + 8 * number) for number in range(10)]

#: Guaranteed seconds until a failed camera is offline, and until a returning camera is live.
PROMISED = promised(5.0)


@pytest.fixture
def camera() -> Iterator[MjpegServer]:
    server = MjpegServer(JPEGS)
    yield server
    server.silent = False
    server.stop()


async def test_the_jpegs_of_the_camera_arrive_unchanged_and_in_order(camera: MjpegServer) -> None:
    async with watched(camera.address) as door:
        await until(lambda: len(door.frames) >= 10)
    # pictures that libav read ahead come together; only the newest of them is pushed
    sequences = [frame.sequence or 0 for frame in door.frames]
    assert sequences == sorted(set(sequences))
    assert all(frame.data == JPEGS[(frame.sequence or 0) % len(JPEGS)] for frame in door.frames)


async def test_a_rebooting_camera_is_offline_and_live_again_in_time(camera: MjpegServer) -> None:
    async with watched(camera.address) as door:
        await door.within(PROMISED, SourceState.LIVE)
        camera.stop()
        await door.within(PROMISED, SourceState.OFFLINE)
        camera.start()
        await door.within(PROMISED, SourceState.LIVE)
        assert door.error == ""
    sequences = [frame.sequence for frame in door.frames]
    assert len(set(sequences)) == len(sequences)
    assert len({frame.epoch for frame in door.frames}) == 1


async def test_a_silent_camera_is_offline_and_live_again_in_time(camera: MjpegServer) -> None:
    async with watched(camera.address) as door:
        await door.within(PROMISED, SourceState.LIVE)
        camera.silent = True
        await door.within(PROMISED, SourceState.OFFLINE)
        camera.silent = False
        await door.within(PROMISED, SourceState.LIVE)


async def test_a_camera_that_sends_single_bytes_is_offline(camera: MjpegServer) -> None:
    async with watched(camera.address) as door:
        await door.within(PROMISED, SourceState.LIVE)
        camera.dripping = True
        await door.within(PROMISED, SourceState.OFFLINE)
        camera.dripping = False
        await door.within(2 * PROMISED, SourceState.LIVE)


async def test_a_host_that_never_answers_is_noticed_by_the_test_connection() -> None:
    with socket.create_server(("127.0.0.1", 0), backlog=0) as full:
        port = full.getsockname()[1]
        # with a full backlog a connection is neither accepted nor refused
        waiting = [socket.socket() for _ in range(3)]
        for number, connection in enumerate(waiting):
            connection.settimeout(0.2)
            if number:
                connection.setblocking(False)
            connection.connect_ex(("127.0.0.1", port))
        async with watched(f"http://127.0.0.1:{port}/video") as door:
            took = await door.within(PROMISED, SourceState.OFFLINE)
        for connection in waiting:
            connection.close()
    assert took < promised(3.0)


async def test_damaged_pictures_are_dropped_and_counted(camera: MjpegServer) -> None:
    damaged = JPEGS[3][: len(JPEGS[3]) // 2]
    camera.jpegs = [JPEGS[0], damaged, JPEGS[1], b"\xff\xd8 noise \xff\xd9"]
    async with watched(camera.address) as door:
        await until(lambda: len(door.frames) >= 8)
        assert door.stream.state is SourceState.LIVE
        info = door.stream.infos()[0]
    assert {frame.data for frame in door.frames} == {JPEGS[0], JPEGS[1]}
    assert info.dropped["damaged"] >= 6


async def test_the_address_of_a_single_picture_is_polled(camera: MjpegServer) -> None:
    head = b"HTTP/1.1 200 OK\r\nContent-Type: image/jpeg\r\nConnection: close\r\n"
    camera.answer = head + b"Content-Length: %d\r\n\r\n" % len(JPEGS[0]) + JPEGS[0]
    async with watched(camera.address, fps=20) as door:
        await until(lambda: len(door.frames) >= 5)
        assert [state for _, state in door.states] == [SourceState.LIVE]
    assert {frame.data for frame in door.frames} == {JPEGS[0]}


async def test_a_camera_with_only_damaged_pictures_reports_it(camera: MjpegServer) -> None:
    camera.jpegs = [b"\xff\xd8 noise \xff\xd9"]
    async with watched(camera.address) as door:
        await door.within(20, SourceState.OFFLINE)
        assert door.frames == []
        assert door.error


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (b"HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n", "check user and password"),
        (b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n", "check user and password"),
        (b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n", "not found"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", "not a readable video"),
    ],
)
async def test_errors_are_readable_and_without_the_password(
    camera: MjpegServer, answer: bytes, words: str
) -> None:
    camera.answer = answer
    address = camera.address.replace("http://", "http://admin:hunter2@")
    async with watched(address) as door:
        await door.within(PROMISED, SourceState.OFFLINE)
        assert words in door.error.lower()
        assert "hunter2" not in f"{door.error} {door.stream.infos()}"


async def test_refused_credentials_are_not_retried_immediately(camera: MjpegServer) -> None:
    camera.answer = b"HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n"
    async with watched(camera.address) as door:
        await door.within(PROMISED, SourceState.OFFLINE)
        camera.answer = b""
        with pytest.raises(TimeoutError):
            await door.within(1.5, SourceState.LIVE)
    assert len(camera.requests) <= 2  # libav repeats the request once with the credentials


async def test_a_redirect_is_not_followed(camera: MjpegServer) -> None:
    elsewhere = MjpegServer(JPEGS)
    location = f"Location: {elsewhere.address}\r\n".encode()
    camera.answer = b"HTTP/1.1 302 Found\r\n" + location + b"Content-Length: 0\r\n\r\n"
    async with watched(camera.address) as door:
        await door.within(PROMISED, SourceState.OFFLINE)
        assert "redirect" in door.error
    assert elsewhere.requests == []
    elsewhere.stop()


async def test_a_playlist_cannot_open_a_file(camera: MjpegServer, tmp_path: Path) -> None:
    write_video(tmp_path / "secret.ts", count=50)
    item = f"#EXTINF:1,\nfile://{tmp_path}/secret.ts\n"
    playlist = f"#EXTM3U\n#EXT-X-TARGETDURATION:9\n{item}#EXT-X-ENDLIST\n".encode()
    head = b"HTTP/1.1 200 OK\r\nContent-Type: application/vnd.apple.mpegurl\r\n"
    camera.answer = head + b"Content-Length: %d\r\n\r\n" % len(playlist) + playlist
    address = camera.address.replace("/video", "/list.m3u8")
    with av.open(address, options={"protocol_whitelist": "http,tcp,file"}) as careless:
        assert careless.streams.video
    async with watched(address) as door:
        await door.within(2 * PROMISED, SourceState.OFFLINE)
        assert door.frames == []


async def test_a_local_address_is_refused_unless_it_is_allowed(
    camera: MjpegServer,
) -> None:
    async with watched(camera.address, allow=()) as door:
        await door.within(PROMISED, SourceState.OFFLINE)
        assert "this machine itself" in door.error
    assert camera.requests == []


async def test_many_openings_leave_no_thread(camera: MjpegServer) -> None:
    before = threading.active_count()
    camera.stop()
    async with watched(camera.address) as door:
        for _ in range(10):
            door.stream.pause()
            await door.within(PROMISED, SourceState.PAUSED)
            door.stream.resume()
            await door.within(PROMISED, SourceState.OFFLINE)
    await until(lambda: threading.active_count() <= before)
