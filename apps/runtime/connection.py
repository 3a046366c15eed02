"""Connections to Redis, made in one way.

Client retries are off: a script that was sent again by the client library could be executed twice
without anybody knowing. Whoever calls decides, with call numbers, what a lost answer means.
"""

from __future__ import annotations

from typing import Any

from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import RedisError
from redis.exceptions import TimeoutError as RedisTimeoutError

from apps.runtime.secret_file import read_secret
from apps.runtime.settings import QueueSettings

__all__ = ["UNREACHABLE", "connect", "password"]

#: What a call raises when Redis is gone, slow, loading, read-only or full: wait and try again.
UNREACHABLE = (RedisError, RedisConnectionError, RedisTimeoutError, OSError)

#: Read at once from a socket's buffer, bytes: a frame in one piece.
_READ_BYTES = 1 << 20


def password(settings: QueueSettings) -> str | None:
    """The password that the settings point to, or None.

    Raises:
        SettingsError: the file cannot be read.
    """
    return read_secret(settings.queue_password_file, "EI_QUEUE_PASSWORD_FILE") or None


def connect(settings: QueueSettings, *, name: str, timeout: float | None = None) -> Redis:
    """A client of the Redis that the settings name; it connects at its first command.

    Args:
        settings: where Redis is and who we are.
        name: shown by `CLIENT LIST`.
        timeout: seconds to wait for an answer; the settings' by default.
    """
    options: dict[str, Any] = {
        "username": settings.queue_user or None,
        "password": password(settings),
        "client_name": name,
        "socket_timeout": settings.queue_timeout if timeout is None else timeout,
        "socket_connect_timeout": settings.queue_timeout,
        "retry": Retry(NoBackoff(), 0),
        "decode_responses": False,
        "socket_keepalive": True,
        "protocol": 2,
        "socket_read_size": _READ_BYTES,
    }
    if settings.queue_socket:
        del options["socket_keepalive"]
        return Redis(unix_socket_path=settings.queue_socket, **options)
    if settings.queue_tls:
        options |= {"ssl": True, "ssl_ca_certs": settings.queue_ca_file or None}
    return Redis(host=settings.queue_host, port=settings.queue_port, **options)
