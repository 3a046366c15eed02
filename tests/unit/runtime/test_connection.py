"""Redis clients do not retry, and do not show secrets."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from redis.exceptions import RedisError

from apps.local.redis_server import RedisServer
from apps.runtime.connection import UNREACHABLE, connect, password
from apps.runtime.errors import SettingsError
from apps.runtime.settings import QueueSettings


class DeafServer:
    """Accepts connections, counts requests, and never answers."""

    def __init__(self, path: str) -> None:
        self.received = b""
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(path)
        self._listener.listen()
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    def _serve(self) -> None:
        connection, _ = self._listener.accept()
        with connection:
            while chunk := connection.recv(4096):
                self.received += chunk

    def close(self) -> None:
        """End the connection when the client closes it."""
        self._thread.join(5)
        self._listener.close()


@pytest.fixture
def deaf(short_folder: Path) -> Iterator[DeafServer]:
    server = DeafServer(str(short_folder / "deaf.sock"))
    yield server
    server.close()


def test_without_a_file_there_is_no_password() -> None:
    assert password(QueueSettings()) is None


def test_the_password_is_read_from_its_file(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("hunter2\n")
    settings = QueueSettings(queue_password_file=str(tmp_path / "secret"))
    assert password(settings) == "hunter2"
    assert "hunter2" not in repr(settings)


def test_a_missing_password_file_is_a_settings_error(tmp_path: Path) -> None:
    settings = QueueSettings(queue_password_file=str(tmp_path / "nothing"))
    with pytest.raises(SettingsError, match="EI_QUEUE_PASSWORD_FILE"):
        connect(settings, name="test")


async def test_the_password_is_sent_to_redis(short_folder: Path) -> None:
    server = RedisServer(short_folder, password="hunter2")
    server.start()
    try:
        client = connect(server.settings, name="test")
        assert await client.ping()
        assert await client.client_getname() == "test"
        await client.aclose()
        stranger = connect(QueueSettings(queue_socket=server.socket_path), name="test")
        with pytest.raises(UNREACHABLE):
            await stranger.ping()
        await stranger.aclose()
    finally:
        server.stop()


async def test_a_missing_redis_is_unreachable(tmp_path: Path) -> None:
    client = connect(QueueSettings(queue_socket=str(tmp_path / "none")), name="test")
    with pytest.raises(UNREACHABLE):
        await client.ping()
    await client.aclose()


async def test_a_command_without_reply_is_sent_once(deaf: DeafServer, short_folder: Path) -> None:
    settings = QueueSettings(queue_socket=str(short_folder / "deaf.sock"))
    client = connect(settings, name="test", timeout=0.2)
    with pytest.raises(RedisError):
        await client.rpush("queue_face", "x")
    await client.aclose()
    deaf.close()
    assert deaf.received.count(b"CLIENT") + deaf.received.count(b"RPUSH") == 1
