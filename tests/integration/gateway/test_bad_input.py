"""Every bad request gets a clear 4xx, and nothing is lost or leaked: one table."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.integration.gateway.conftest import JPEG, Running, Start, World, listed, until

TOKEN = "the-configured-token-of-admins"
JSON = {"Content-Type": "application/json", "X-EI-Request": "1"}
WRITE = {"X-EI-Request": "1"}
CONFIG = {"name": "new", "tasks": ["face"], "source": "synthetic:pattern", "fps": None}


def config(**changes: Any) -> bytes:
    return json.dumps({**CONFIG, **changes}).encode()


@dataclass(frozen=True)
class Case:
    """A request that must be refused.

    Attributes:
        status: with which.
        method: of the request.
        path: of the request.
        body: of the request.
        headers: of the request.
        word: that the sentence has.
    """

    status: int
    method: str
    path: str
    body: bytes | None = None
    headers: dict[str, str] = field(default_factory=dict)
    word: str = ""


def post(status: int, path: str, body: bytes, word: str = "", **headers: str) -> Case:
    return Case(status, "POST", path, body, {**JSON, **headers}, word)


CASES = {
    "unknown id": Case(404, "GET", "/api/streams/unknown:face", word="does not exist"),
    "id without task": Case(404, "GET", "/api/streams/hall"),
    "encoded colon": Case(404, "GET", "/api/streams/hall%3Aface"),
    "encoded slash": Case(404, "GET", "/api/streams/hall%2Fface"),
    "broken percent": Case(404, "GET", "/api/streams/hall%zz:face"),
    "nul byte": Case(404, "GET", "/api/streams/%00:face"),
    "unknown route": Case(404, "GET", "/api/nothing"),
    "unknown page": Case(404, "GET", "/nothing"),
    "traversal": Case(404, "GET", "/..%2f..%2f..%2fetc%2fpasswd"),
    "traversal, dots encoded": Case(404, "GET", "/%2e%2e/%2e%2e/etc/passwd"),
    "traversal below api": Case(404, "GET", "/api/streams/..%2f..%2fetc%2fpasswd"),
    "wrong method": Case(405, "PUT", "/api/streams", b"", WRITE),
    "wrong method on a page": Case(405, "POST", "/", b"", WRITE),
    "since is not a number": Case(400, "GET", "/api/scaling?since=yesterday"),
    "since is negative": Case(400, "GET", "/api/scaling?since=-1"),
    # pictures
    "no picture": post(415, "/api/infer/face", b"GIF89a", "JPEG"),
    "empty picture": post(415, "/api/infer/face", b""),
    "unknown task": post(404, "/api/infer/weasel", JPEG, "existing tasks: face"),
    "malformed task": post(404, "/api/infer/..%2fface", JPEG),
    "picture of 500 MB": Case(
        413, "POST", "/api/infer/face", None, {**WRITE, "Content-Length": str(500 << 20)}, "MiB"
    ),
    # streams
    "malformed JSON": post(400, "/api/streams", b"{", "JSON"),
    "not JSON": Case(415, "POST", "/api/streams", b"name=x", WRITE, "JSON"),
    "a form": post(415, "/api/streams", b"a=b", **{"Content-Type": "text/plain"}),
    "a list": post(400, "/api/streams", b"[]"),
    "JSON 10 000 deep": post(400, "/api/streams", b"[" * 10_000),
    "JSON too large": post(413, "/api/streams", b" " * 100_000),
    "no name": post(400, "/api/streams", b'{"tasks": ["face"], "source": "camera:0"}', "name"),
    "empty name": post(400, "/api/streams", config(name="")),
    "name with control characters": post(400, "/api/streams", config(name="a\nb"), "control"),
    "name too long in bytes": post(400, "/api/streams", config(name="ф" * 150), "bytes"),
    "name is taken": post(409, "/api/streams", config(name="hall"), "taken"),
    "no tasks": post(400, "/api/streams", config(tasks=[])),
    "malformed task name": post(400, "/api/streams", config(tasks=["Face!"])),
    "unknown field": post(400, "/api/streams", config(admin=True), "admin"),
    "fps of nothing": post(400, "/api/streams", config(fps=0)),
    "fps is text": post(400, "/api/streams", config(fps="15")),
    "local file": post(422, "/api/streams", config(source="/etc/passwd"), "begin with"),
    "file address": post(422, "/api/streams", config(source="file:///etc/passwd")),
    "upload that is none": post(422, "/api/streams", config(source="file:../../etc/passwd")),
    "concat": post(422, "/api/streams", config(source="concat:/etc/passwd|/etc/hosts")),
    "loopback": post(422, "/api/streams", config(source="http://127.0.0.1:6379/"), "machine"),
    "loopback in disguise": post(422, "/api/streams", config(source="http://0x7f000001/")),
    "metadata": post(422, "/api/streams", config(source="http://169.254.169.254/latest")),
    "unknown host": post(422, "/api/streams", config(source="rtsp://unknown.invalid/")),
    "address with a line break": post(422, "/api/streams", config(source="rtsp://a/\r\nX: y")),
    "change of an unknown stream": Case(404, "PATCH", "/api/streams/no:face", b"{}", JSON),
    "change of a foreign stream": Case(
        409, "PATCH", "/api/streams/hall:face", b'{"paused": true}', JSON, "not added here"
    ),
    "removal of an unknown stream": Case(404, "DELETE", "/api/streams/no:face", headers=WRITE),
    "removal of a foreign stream": Case(409, "DELETE", "/api/streams/hall:face", headers=WRITE),
    "trial of an unknown task": post(404, "/api/streams/try", config(tasks=["weasel"])),
    "trial of a file": post(422, "/api/streams/try", config(source="/etc/passwd")),
    # uploads
    "upload of 500 MB": Case(
        413, "POST", "/api/uploads?name=a.mp4", None,
        {**WRITE, "Content-Length": str(500 << 20)}, "MiB",
    ),
    "upload of text": post(415, "/api/uploads?name=a.mp4", b"#!/bin/sh\n" * 100, "video"),
    # callers
    "no token": Case(401, "GET", "/api/streams", headers={"Authorization": ""}, word="Sign in"),
    "wrong token": Case(401, "GET", "/api/streams", headers={"Authorization": "Bearer guess"}),
    "token in the address": Case(
        401, "GET", f"/api/streams?token={TOKEN}", headers={"Authorization": ""}
    ),
    "made-up cookie": Case(
        401, "GET", "/api/ledger", headers={"Authorization": "", "Cookie": "ei_session=guess"}
    ),
    "no token for MJPEG": Case(401, "GET", "/hall:face.mjpg", headers={"Authorization": ""}),
    "another origin": post(
        403, "/api/streams", config(), "origin", Origin="http://evil.example"
    ),
    "a form without our header": Case(
        403, "POST", "/api/session", b"{}",
        {"Authorization": "", "Content-Type": "application/json", "Cookie": "a=b"}, "X-EI-Request",
    ),
    "credentials of the wrong kind": post(400, "/api/session", b'{"token": 5}'),
    "no credentials": post(400, "/api/session", b"{}"),
}  # fmt: skip


@pytest.fixture
async def closed(world: World, start_gateway: Start, tmp_path: Path) -> AsyncIterator[Running]:
    """A gateway with a token, one foreign stream and one worker."""
    path = tmp_path / "token"
    path.write_text(TOKEN, encoding="utf-8")
    world.add_stream("hall")
    world.add_worker()
    await world.beat()
    uploads = str(tmp_path / "uploads")
    async with start_gateway(gateway_token_file=str(path), uploads_dir=uploads) as running:
        running.http.headers["Authorization"] = f"Bearer {TOKEN}"
        await until(lambda: listed(running, "hall:face"))
        yield running


async def test_every_bad_request_is_refused_with_a_reason(closed: Running, tmp_path: Path) -> None:
    before = await closed.get("/api/ledger")
    wrong = [line for name, case in CASES.items() if (line := await refused(closed, name, case))]
    assert wrong == []
    after = await closed.get("/api/ledger")
    assert after["tasks"][0]["pushed"] == before["tasks"][0]["pushed"]
    assert list((tmp_path / "uploads").glob("*")) == []
    assert await listed(closed, "hall:face")


async def refused(closed: Running, name: str, case: Case) -> str:
    """The difference from the expected refusal; empty if there is none."""
    status, body = await raw(closed, case)
    if status != case.status:
        return f"{name}: {status} instead of {case.status}: {body[:200]!r}"
    try:
        sentence = json.loads(body)["error"]
    except (ValueError, KeyError, TypeError):
        return f"{name}: no sentence: {body[:200]!r}"
    if case.word not in sentence:
        return f"{name}: {sentence!r} does not say {case.word!r}"
    leaked = any(secret in body.decode() for secret in (TOKEN, "root:", "Traceback", "apps/"))
    return f"{name}: leaks: {body[:200]!r}" if leaked else ""


async def raw(closed: Running, case: Case) -> tuple[int, bytes]:
    """The response to the request exactly as it is written here, without a client library."""
    reader, writer = await asyncio.open_connection("127.0.0.1", closed.settings.gateway_port)
    headers = {"Host": closed.address, "Authorization": f"Bearer {TOKEN}", **case.headers}
    if case.body is not None:
        headers.setdefault("Content-Length", str(len(case.body)))
    lines = [f"{case.method} {case.path} HTTP/1.1"]
    lines += [f"{name}: {value}" for name, value in headers.items() if value]
    writer.write("\r\n".join([*lines, "Connection: close", "", ""]).encode() + (case.body or b""))
    try:
        async with asyncio.timeout(20):
            answer = await reader.read()
    finally:
        writer.close()
    head, _, body = answer.partition(b"\r\n\r\n")
    return int(head.split(b" ", 2)[1]), body


async def test_half_a_gigabyte_in_pieces_is_refused_and_never_held(closed: Running) -> None:
    """The length is not announced; the gateway counts, and stops reading."""
    reader, writer = await asyncio.open_connection("127.0.0.1", closed.settings.gateway_port)
    head = (
        f"POST /api/infer/face HTTP/1.1\r\nHost: {closed.address}\r\n"
        f"Authorization: Bearer {TOKEN}\r\nTransfer-Encoding: chunked\r\n\r\n"
    )
    writer.write(head.encode())
    piece = b"%x\r\n" % (1 << 20) + b"\xff" * (1 << 20) + b"\r\n"
    sent = 0
    async with asyncio.timeout(30):
        while sent < 500 and not reader.at_eof():
            writer.write(piece)
            try:
                await writer.drain()
            except ConnectionError:
                break
            sent += 1
    assert sent < 100
    writer.close()


async def test_a_gateway_on_loopback_is_asked_by_its_own_names_only(gateway: Running) -> None:
    for host, status in {
        "evil.example": 403,
        "localhost.evil.example": 403,
        "localhost": 200,
        f"127.0.0.1:{gateway.settings.gateway_port}": 200,
    }.items():
        for path in ("/", "/api/streams"):
            answer = await gateway.http.get(path, headers={"Host": host})
            assert answer.status_code == status, (host, path)


async def test_the_token_is_never_logged(closed: Running, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level("DEBUG"):
        await closed.http.get(f"/api/streams?token={TOKEN}")
        await closed.http.post("/api/session", json={"token": TOKEN}, headers=WRITE)
    client = ("httpx", "httpcore")
    logged = [record.getMessage() for record in caplog.records if record.name not in client]
    assert TOKEN not in "\n".join(logged)
