"""A restart of Redis with the generated ACL file and an append-only file keeps the ledger."""

from __future__ import annotations

import signal
import socket
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from apps.local.redis_server import RedisServer
from apps.pipeline.live_queue.frame_consumer import INFERRED, FrameConsumer
from apps.pipeline.live_queue.frame_queue import FrameQueue
from apps.pipeline.live_queue.ledger import StreamLedger
from apps.pipeline.live_queue.settings import LiveSettings
from apps.pipeline.messages import Frame
from tests.contract.conftest import ADMIN, PASSWORDS, client_of
from tests.support.waiting import until_true
from tools.manifests.roles import acl_file

LIVE = LiveSettings(queue_items=8)
ROUNDS = 40


@pytest.fixture
def durable(redis_binary: str) -> Iterator[RedisServer]:
    """A real Redis with the generated ACL file that writes each command to its file at once."""
    with TemporaryDirectory(prefix="ei-") as folder:
        acl = Path(folder) / "users.acl"
        acl.write_text(acl_file(PASSWORDS) + f"user admin on >{ADMIN} ~* &* +@all\n")
        options = (
            ("aclfile", str(acl)), ("appendonly", "yes"), ("appendfsync", "always"),
            ("loglevel", "notice"),
        )  # fmt: skip
        server = RedisServer(Path(folder), options=options, binary=redis_binary)
        server.start()
        yield server
        server.stop()


def stop_gracefully(server: RedisServer) -> None:
    assert server.process is not None
    server.signal(signal.SIGTERM)
    server.process.wait(timeout=10)


async def ledger_of(server: RedisServer) -> StreamLedger:
    async with client_of(server, "gateway") as redis:
        return (await FrameQueue(redis, "face", LIVE).sweep()).total


async def load(server: RedisServer, first: int) -> tuple[int, int]:
    """Push and infer frames; returns how many were accepted and how many were inferred."""
    pushed = inferred = 0
    async with client_of(server, "streams") as producer, client_of(server, "worker") as worker:
        queue = FrameQueue(producer, "face", LIVE)
        consumer = FrameConsumer(worker, "face", LIVE)
        for sequence in range(first, first + ROUNDS):
            frame = Frame(name="lobby", category="face", data=b"jpeg", sequence=sequence, epoch=1)
            await queue.push(frame)
            pushed += 1
            batch = await consumer.exchange(1)
            for popped in batch.frames:
                consumer.settle(popped.ticket, INFERRED)
                inferred += 1
        await consumer.leave()
    return pushed, inferred


@pytest.mark.redis
@pytest.mark.parametrize("ending", ["SIGTERM", "SIGKILL", "SIGKILL after a rewrite"])
async def test_a_restart_keeps_every_counter(durable: RedisServer, ending: str) -> None:
    first = await load(durable, 0)
    if "rewrite" in ending:
        async with client_of(durable, "admin") as admin:
            await admin.bgrewriteaof()

            async def rewritten() -> bool:
                info = await admin.info("persistence")
                return not info["aof_rewrite_in_progress"]

            await until_true(rewritten)
    second = await load(durable, ROUNDS)
    before = await ledger_of(durable)
    if ending == "SIGTERM":
        stop_gracefully(durable)
    else:
        durable.stop()
    durable.start()
    after = await ledger_of(durable)
    assert (before.pushed, before.inferred) == (first[0] + second[0], first[1] + second[1])
    assert after == before
    log = (durable.folder / "redis.log").read_text()
    assert "NOPERM" not in log


@pytest.mark.redis
@pytest.mark.parametrize(
    ("command", "answer"),
    [("PING", "NOAUTH"), ("AUTH guess", "WRONGPASS"), ("AUTH default guess", "WRONGPASS")],
)
def test_no_client_can_sign_in_as_the_default_user(
    durable: RedisServer, command: str, answer: str
) -> None:
    with socket.socket(socket.AF_UNIX) as client:
        client.settimeout(5)
        client.connect(durable.socket_path)
        client.sendall(f"{command}\r\n".encode())
        assert client.recv(200).decode().startswith(f"-{answer}")
