"""A real Redis with the configuration and users of the manifests."""

from __future__ import annotations

import contextlib
import shutil
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from redis.exceptions import RedisError, ResponseError

from apps.local.ports import free_port
from apps.pipeline.live_queue.frame_queue import FrameQueue
from apps.pipeline.messages import Frame
from apps.runtime.connection import connect
from apps.runtime.settings import QueueSettings
from tests.support.waiting import until_true
from tools.manifests.rendering import system
from tools.manifests.request import Request
from tools.manifests.secrets_file import keep_secrets

TLS = "/etc/redis/tls"


class ClusterRedis:
    """`redis-server` with the text of the ConfigMap, except for paths and port."""

    def __init__(self, folder: Path, binary: str, *, tls: bool) -> None:
        self.folder, self.port, self.tls = folder, free_port(), tls
        secrets = keep_secrets(folder / "secrets.yaml", "ei")
        self.values = {item["metadata"]["name"]: item["stringData"] for item in secrets}
        (folder / "users.acl").write_text(self.values["ei-redis-acl"]["users.acl"])
        documents = system(Request(registry="r", tasks=("people",), tls=tls), secrets)
        (config,) = [item for item in documents if item["kind"] == "ConfigMap"]
        text: str = config["data"]["redis.conf"]
        for path in ("/etc/redis/acl", TLS, "/data"):
            text = text.replace(path, str(folder))
        text = text.replace("tls-port 6379", f"tls-port {self.port}")
        text += "bind 127.0.0.1\n" + ("" if tls else f"port {self.port}\n")
        (folder / "redis.conf").write_text(text)
        self.log = (folder / "log").open("wb")
        self.process = subprocess.Popen(
            [binary, str(folder / "redis.conf")], stdout=self.log, stderr=self.log
        )

    def settings(self, user: str) -> QueueSettings:
        secret = self.folder / f"password-{user}"
        secret.write_text(self.values[f"ei-redis-{user}"]["password"])
        return QueueSettings(
            queue_host="localhost", queue_port=self.port, queue_user=user,
            queue_password_file=str(secret), queue_tls=self.tls,
            queue_ca_file=str(self.folder / "ca.crt") if self.tls else "",
        )  # fmt: skip

    def stop(self) -> None:
        self.process.kill()
        self.process.wait()
        self.log.close()


def make_certificate(folder: Path) -> None:
    """A certificate for this machine, created as docs/security.md describes."""
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj",
         "/CN=localhost", "-addext", "subjectAltName=DNS:localhost",
         "-keyout", str(folder / "tls.key"), "-out", str(folder / "tls.crt")],
        check=True, capture_output=True,
    )  # fmt: skip
    shutil.copy(folder / "tls.crt", folder / "ca.crt")


@pytest.fixture(params=[False, True], ids=["plain", "tls"])
def cluster_redis(
    request: pytest.FixtureRequest, tmp_path: Path, redis_binary: str
) -> Iterator[ClusterRedis]:
    if request.param:
        if shutil.which("openssl") is None:
            pytest.skip("no openssl on this machine")
        built = subprocess.run(["ldd", redis_binary], capture_output=True, text=True, check=False)
        if "libssl" not in built.stdout:
            pytest.skip("this redis-server was built without TLS")
        make_certificate(tmp_path)
    server = ClusterRedis(tmp_path, redis_binary, tls=request.param)
    yield server
    server.stop()


async def test_a_service_signs_in_with_the_environment_of_its_pod(
    cluster_redis: ClusterRedis,
) -> None:
    redis = connect(cluster_redis.settings("streams"), name="test")

    async def answers() -> bool:
        try:
            return bool(await redis.ping())
        except RedisError:
            return False

    await until_true(answers)
    frame = Frame(name="a", category="people", data=b"jpeg", sequence=1, epoch=1)
    assert (await FrameQueue(redis, "people").push(frame)).waiting == 1
    with pytest.raises(ResponseError):
        await redis.config_get("*")
    await redis.aclose()
    gateway = connect(cluster_redis.settings("gateway"), name="test")
    memory: Any = await gateway.info("memory")
    assert (memory["maxmemory"], memory["maxmemory_policy"]) == (1 << 30, "noeviction")
    persistence: Any = await gateway.info("persistence")
    assert persistence["aof_enabled"] == 1
    await gateway.aclose()
    if cluster_redis.tls:
        plain = QueueSettings(queue_host="localhost", queue_port=cluster_redis.port)
        stranger = connect(plain, name="test")
        with pytest.raises(RedisError):
            await stranger.ping()
        await stranger.aclose()


@pytest.mark.parametrize("cluster_redis", [False], ids=["plain"], indirect=True)
async def test_a_producer_with_an_endless_command_is_disconnected_before_redis_is_full(
    cluster_redis: ClusterRedis,
) -> None:
    gateway = connect(cluster_redis.settings("gateway"), name="test")

    async def answers() -> bool:
        with contextlib.suppress(RedisError):
            return bool(await gateway.ping())
        return False

    await until_true(answers)
    password = cluster_redis.values["ei-redis-camera"]["password"]
    argument = b"$15000000\r\n" + bytes(15_000_000) + b"\r\n"
    sent = 0
    with socket.create_connection(("127.0.0.1", cluster_redis.port), timeout=30) as camera:
        camera.sendall(f"AUTH camera {password}\r\n".encode())
        assert camera.recv(100) == b"+OK\r\n"
        camera.sendall(b"*100000\r\n$5\r\nRPUSH\r\n$12\r\nqueue_people\r\n")
        with contextlib.suppress(ConnectionError):
            while sent < 1 << 30:
                camera.sendall(argument)
                sent += len(argument)
    assert sent < 400_000_000  # a quarter of maxmemory, and what was on its way
    assert await gateway.ping()
    await gateway.aclose()
