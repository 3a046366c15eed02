"""Signing in, through a real server."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from websockets.asyncio.client import connect

from apps.gateway.passwords import make_hash
from tests.integration.gateway.conftest import Running, Start, World, listed, until

TOKEN = "the-configured-token-of-admins"
WRITE = {"X-EI-Request": "1"}


@pytest.fixture
async def closed(world: World, start_gateway: Start, tmp_path: Path) -> AsyncIterator[Running]:
    """A gateway with a token, two streams, and a viewer who may see one of them."""
    (tmp_path / "token").write_text(TOKEN, encoding="utf-8")
    (tmp_path / "users.yaml").write_text(
        f"users: [{{name: ann, role: viewer, password: '{make_hash('correct horse')}',"
        " streams: ['hall*']}]",
        encoding="utf-8",
    )
    world.add_stream("hall")
    world.add_stream("yard")
    world.add_worker()
    await world.beat()
    files = {
        "gateway_token_file": str(tmp_path / "token"),
        "users_file": str(tmp_path / "users.yaml"),
    }
    async with start_gateway(**files) as running:
        running.http.headers["Authorization"] = f"Bearer {TOKEN}"
        await until(lambda: listed(running, "yard:face"))
        del running.http.headers["Authorization"]
        yield running


async def sign_in(gateway: Running, **credentials: str) -> httpx.Response:
    return await gateway.http.post("/api/session", json=credentials, headers=WRITE)


async def close_code(gateway: Running, path: str, cookie: str | None) -> int | None:
    headers = {"Cookie": f"ei_session={cookie}"} if cookie else {}
    async with connect(f"ws://{gateway.address}/{path}", additional_headers=headers) as socket:
        try:
            async with asyncio.timeout(1):
                await socket.wait_closed()
        except TimeoutError:
            return None
        return socket.close_code


async def test_an_anonymous_caller_gets_no_identity(closed: Running) -> None:
    session = await closed.get("/api/session")
    assert session == {"authenticated": False, "role": None, "user": None, "local": False}
    assert (await closed.http.get("/")).status_code == 200
    assert (await closed.http.get("/api/streams")).status_code == 401


async def test_local_callers_need_not_sign_in_on_loopback(gateway: Running) -> None:
    session = await gateway.get("/api/session")
    assert session == {"authenticated": True, "role": "admin", "user": None, "local": True}


async def test_a_token_is_exchanged_for_a_cookie(closed: Running) -> None:
    answer = await sign_in(closed, token=TOKEN)
    assert answer.json()["role"] == "admin"
    assert "HttpOnly" in answer.headers["set-cookie"]
    assert "SameSite=Strict" in answer.headers["set-cookie"]
    assert await listed(closed, "yard:face")


async def test_a_viewer_sees_their_streams_and_changes_none(closed: Running) -> None:
    assert (await sign_in(closed, user="ann", password="correct horse")).status_code == 200
    streams = (await closed.get("/api/streams"))["streams"]
    assert [stream["id"] for stream in streams] == ["hall:face"]
    assert (await closed.http.get("/api/streams/yard:face")).status_code == 403
    assert (await closed.http.get("/yard:face.mjpg")).status_code == 403
    (books,) = (await closed.get("/api/ledger"))["tasks"]
    assert "yard:face" not in books["streams"]
    for method, path in (("DELETE", "/api/streams/hall:face"), ("POST", "/api/uploads?name=x")):
        answer = await closed.http.request(method, path, headers=WRITE)
        assert answer.status_code == 403
    cookie = closed.http.cookies["ei_session"]
    assert await close_code(closed, "yard:face", cookie) == 4403
    assert await close_code(closed, "hall:face", cookie) is None


async def test_a_socket_needs_a_session(closed: Running) -> None:
    assert await close_code(closed, "hall:face", None) == 4401
    assert await close_code(closed, "hall:face", "guess") == 4401


async def test_signing_out_closes_the_sockets_of_the_session(closed: Running) -> None:
    await sign_in(closed, token=TOKEN)
    cookie = {"Cookie": f"ei_session={closed.http.cookies['ei_session']}"}
    address = f"ws://{closed.address}/hall:face"
    async with connect(address, additional_headers=cookie) as socket:
        answer = await closed.http.delete("/api/session", headers=WRITE)
        assert answer.status_code == 204
        async with asyncio.timeout(5):
            await socket.wait_closed()
        assert socket.close_code == 4401
    refused = await closed.http.get("/api/streams", headers=cookie)
    assert refused.status_code == 401


async def test_a_session_ended_elsewhere_closes_its_sockets(closed: Running, world: World) -> None:
    await sign_in(closed, token=TOKEN)
    cookie = {"Cookie": f"ei_session={closed.http.cookies['ei_session']}"}
    address = f"ws://{closed.address}/hall:face"
    async with connect(address, additional_headers=cookie) as socket:
        found: Any = await world.redis.keys("session:*")
        await world.redis.delete(*found)
        async with asyncio.timeout(15):
            await socket.wait_closed()
        assert socket.close_code == 4401


async def test_guessing_is_slow(closed: Running) -> None:
    statuses = [
        (await sign_in(closed, user="ann", password=f"guess {n}")).status_code for n in range(6)
    ]
    assert statuses == [401] * 5 + [429]
    answer = await sign_in(closed, user="ann", password="correct horse")
    assert answer.status_code == 429
    assert int(answer.headers["Retry-After"]) > 30
    with_token = await closed.http.get("/api/streams", headers={"Authorization": f"Bearer {TOKEN}"})
    assert with_token.status_code == 200


async def test_a_session_survives_the_gateway(
    closed: Running, start_gateway: Start, world: World
) -> None:
    await sign_in(closed, token=TOKEN)
    cookie = closed.http.cookies["ei_session"]
    files = {"gateway_token_file": closed.settings.gateway_token_file}
    async with start_gateway(**files) as another:
        another.http.cookies.set("ei_session", cookie)
        assert (await another.get("/api/session"))["authenticated"]
        assert await listed(another, "hall:face") or world.streams


async def test_beyond_loopback_a_token_is_printed_once(
    start_gateway: Start, world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    async with start_gateway(gateway_host="0.0.0.0") as gateway:
        assert (await gateway.http.get("/api/streams")).status_code == 401
        printed = capsys.readouterr().out
        token = printed.partition("/#token=")[2].strip()
        assert len(token) >= 32
        assert (await sign_in(gateway, token=token)).status_code == 200
        assert (await gateway.http.get("/api/streams")).status_code == 200
    assert token not in capsys.readouterr().out
    assert world.redis
