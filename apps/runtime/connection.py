"""Redis clients with the options that all processes share.

The client library must not retry: it could execute a script twice without the caller noticing. The
caller decides, by call numbers, how to proceed after a lost reply.
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

#: Errors raised while Redis is down, slow, loading, read-only or full: wait and try again.
UNREACHABLE = (RedisError, RedisConnectionError, RedisTimeoutError, OSError)

#: Bytes per read from a socket: large enough for a whole frame.
_READ_BYTES = 1 << 20


def password(settings: QueueSettings) -> str | None:
    """The password from the file in the settings, or None if there is no file.

    Raises:
        SettingsError: the file cannot be read.
    """
    return read_secret(settings.queue_password_file, "EI_QUEUE_PASSWORD_FILE") or None


def connect(settings: QueueSettings, *, name: str, timeout: float | None = None) -> Redis:
    """A client for the Redis server in the settings. It connects with its first command.

    Args:
        settings: address and credentials of Redis.
        name: client name, shown by `CLIENT LIST`.
        timeout: seconds to wait for a reply; None for `queue_timeout` of the settings.

    Raises:
        SettingsError: the password file cannot be read.
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
