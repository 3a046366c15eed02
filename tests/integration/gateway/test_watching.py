"""Watching: WebSocket and MJPEG, through a real server."""

from __future__ import annotations

import asyncio
import contextlib
import io
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
from PIL import Image
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import InvalidStatus

from apps.pipeline import keys
from apps.pipeline.messages import Result, wire
from tests.integration.gateway.conftest import JPEG, Running, World, result, until
from tests.support.waiting import promised


@contextlib.asynccontextmanager
async def publishing(world: World, stream: str = "hall:face") -> AsyncIterator[None]:
    task = asyncio.create_task(world.keep_publishing(stream))
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def viewer(gateway: Running, path: str = "hall:face", **options: Any) -> Any:
    return connect(f"ws://{gateway.address}/{path}", max_size=None, **options)


async def receive(socket: ClientConnection) -> Any:
    async with asyncio.timeout(30):
        return await socket.recv()


async def close_code(socket: ClientConnection) -> int:
    async with asyncio.timeout(30):
        await socket.wait_closed()
    assert socket.close_code is not None
    return socket.close_code


async def test_a_viewer_gets_the_workers_message_unchanged(gateway: Running, world: World) -> None:
    async with viewer(gateway) as socket, publishing(world):
        message = await receive(socket)
    seen = wire.decode(Result, message)
    assert message == wire.encode(result("hall:face", seen.sequence))
    assert seen.jpeg == JPEG


async def test_results_come_in_order_and_late_ones_do_not(gateway: Running, world: World) -> None:
    async with viewer(gateway) as socket:
        await until(lambda: listening(world))
        seen = []
        for sequences in ((1,), (3,), (2, 4)):  # a mailbox holds one message: take each in turn
            for sequence in sequences:
                await world.publish(result("hall:face", sequence))
            seen.append(wire.decode(Result, await receive(socket)).sequence)
    assert seen == [1, 3, 4]


async def test_pixels_are_requested_while_a_viewer_watches(gateway: Running, world: World) -> None:
    async def asked() -> Any:
        return await world.redis.exists(keys.watch("hall:face"))

    async def not_asked() -> bool:
        return not await asked()

    assert not await asked()
    async with viewer(gateway):
        await until(asked)
    await until(not_asked)


async def test_a_viewer_may_want_detections_only(gateway: Running, world: World) -> None:
    async with viewer(gateway) as light, viewer(gateway) as full:
        await light.send(json.dumps({"pixels": False, "max_fps": 60}))
        async with publishing(world), asyncio.timeout(30):
            while (seen := wire.decode(Result, await receive(light))).jpeg is not None:
                pass  # it was sent before the option was set
            assert seen.detections[0].label == "face"
            assert wire.decode(Result, await receive(light)).jpeg is None
            assert wire.decode(Result, await receive(full)).jpeg == JPEG


async def test_a_viewer_may_want_fewer(gateway: Running, world: World) -> None:
    async with viewer(gateway) as socket:
        await socket.send(json.dumps({"max_fps": 5}))
        async with publishing(world):
            await until(lambda: takes_its_time(socket))


@pytest.mark.parametrize(
    "message",
    ["{", "[]", "pixels", '{"pixels": 1}', '{"max_fps": 0}', '{"max_fps": -3}',
     '{"max_fps": 1e9}', b"\x80", b""],
)  # fmt: skip
async def test_an_invalid_client_message_closes_the_socket(
    gateway: Running, message: str | bytes
) -> None:
    async with viewer(gateway) as socket:
        await socket.send(message)
        assert await close_code(socket) == 4400


@pytest.mark.parametrize(
    "path",
    ["unknown:face", "hall:car", "hall", "", "hall%3Aface", "../hall:face", "api/streams",
     "%00:face", "x" * 5000],
)  # fmt: skip
async def test_an_unknown_stream_closes_the_socket_with_its_code(
    gateway: Running, path: str
) -> None:
    async with viewer(gateway, path) as socket:
        assert await close_code(socket) == 4404


async def test_a_stream_with_an_odd_name_is_watched(gateway: Running, world: World) -> None:
    identity = world.add_stream("a/b:c d")
    await until(lambda: known(gateway, identity))
    async with viewer(gateway, identity) as socket, publishing(world, identity):
        assert wire.decode(Result, await receive(socket)).stream == identity


@pytest.mark.parametrize("origin", ["http://evil.example", "null", "http://localhost:1"])
async def test_a_page_of_another_origin_gets_no_socket(gateway: Running, origin: str) -> None:
    with pytest.raises(InvalidStatus) as refusal:
        async with viewer(gateway, additional_headers={"Origin": origin}):
            pass
    assert refusal.value.response.status_code == 403


async def test_our_own_page_does(gateway: Running, world: World) -> None:
    origin = {"Origin": f"http://{gateway.address}"}
    async with viewer(gateway, additional_headers=origin) as socket, publishing(world):
        assert await receive(socket)


async def test_messages_are_not_compressed(gateway: Running) -> None:
    async with viewer(gateway, compression="deflate") as socket:
        assert "Sec-WebSocket-Extensions" not in socket.response.headers


async def test_plain_clients_get_pictures_with_boxes(gateway: Running, world: World) -> None:
    async with viewer(gateway, subprotocols=["ei.jpeg"]) as socket, publishing(world):
        picture = await receive(socket)
    assert socket.subprotocol == "ei.jpeg"
    assert Image.open(io.BytesIO(picture)).size == (64, 48)
    assert picture != JPEG


async def test_mjpeg_is_a_row_of_pictures(gateway: Running, world: World) -> None:
    async with publishing(world), gateway.http.stream("GET", "/hall:face.mjpg") as answer:
        assert answer.headers["content-type"] == "multipart/x-mixed-replace; boundary=frame"
        data = b""
        async with asyncio.timeout(30):
            async for piece in answer.aiter_bytes():
                data += piece
                if data.count(b"--frame") >= 3:
                    break
    head, _, rest = data.partition(b"\r\n\r\n")
    length = int(head.rpartition(b": ")[2])
    assert Image.open(io.BytesIO(rest[:length])).size == (64, 48)


@pytest.mark.parametrize(
    ("path", "status"),
    [("/unknown:face.mjpg", 404), ("/hall%3Aface.mjpg", 404), ("/.mjpg", 404),
     ("/hall:face.mjpg?max_fps=no", 400), ("/hall:face.mjpg?max_fps=nan", 400)],
)  # fmt: skip
async def test_mjpeg_of_nothing_is_refused(gateway: Running, path: str, status: int) -> None:
    assert (await gateway.http.get(path)).status_code == status


async def test_viewers_are_counted_while_they_watch(gateway: Running) -> None:
    async def watchers() -> int:
        detail = await gateway.get("/api/streams/hall:face")
        return int(detail["watchers"])

    async def nobody() -> bool:
        return not await watchers()

    async with viewer(gateway), viewer(gateway):
        await until(lambda: equals(watchers, 2))
    await until(nobody)


async def test_a_gateway_that_leaves_says_that_it_comes_back(
    gateway: Running, world: World
) -> None:
    async with viewer(gateway) as socket:
        async with publishing(world):
            await receive(socket)
        gateway.service.stop.set()
        assert await close_code(socket) == 1012


async def test_a_viewer_that_never_reads_does_not_delay_the_others(
    gateway: Running, world: World
) -> None:
    """Memory does not grow either: the mailbox holds one message."""
    big = result("hall:face", 1, jpeg=JPEG + b"\x00" * 500_000)
    reader, writer = await asyncio.open_connection("127.0.0.1", gateway.settings.gateway_port)
    writer.write(
        b"GET /hall:face HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\n"
        b"Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
        b"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
    )
    assert b"101" in await reader.readline()
    writer.transport.pause_reading()  # type: ignore[attr-defined]  # and never again
    async with viewer(gateway) as socket:
        await until(lambda: listening(world))
        loop, slowest = asyncio.get_running_loop(), 0.0
        for sequence in range(1, 80):
            began = loop.time()
            await world.publish(Result(**{**fields(big), "sequence": sequence}))
            while wire.decode(Result, await receive(socket)).sequence < sequence:
                pass
            slowest = max(slowest, loop.time() - began)
    assert slowest < promised(1.0)
    exported = gateway.service.metrics.counter("ei_viewer_skipped_total", "websocket")
    assert exported._value.get() > 20
    writer.close()


async def takes_its_time(socket: ClientConnection) -> bool:
    """Whether five messages take about as long as at five a second."""
    await receive(socket)
    began = asyncio.get_running_loop().time()
    for _ in range(5):
        await receive(socket)
    return asyncio.get_running_loop().time() - began > 0.7


def fields(value: Result) -> dict[str, Any]:
    return {name: getattr(value, name) for name in value.__struct_fields__}


async def listening(world: World) -> bool:
    found: Any = await world.redis.pubsub_numsub(keys.results("hall:face"))
    return bool(found[0][1])


async def known(gateway: Running, identity: str) -> bool:
    return (await gateway.http.get(f"/api/streams/{identity}")).status_code == 200


async def equals(value: Any, expected: Any) -> bool:
    return bool(await value() == expected)
