"""A TCP proxy that can simulate faults of the network."""

from __future__ import annotations

import contextlib
import socket
import struct
import threading

__all__ = ["FaultyLink"]


class FaultyLink:
    """Forwards TCP connections from its own port to another port of this machine.

    Faults: `swallow` keeps every connection open but forwards nothing, like a host without power;
    `cut` resets every connection; `drip` forwards one byte at a time.
    """

    def __init__(self, target: int) -> None:
        self._target = target
        self._fault = ""
        self._working = threading.Event()
        self._working.set()
        self._pairs: list[tuple[socket.socket, socket.socket]] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])
        threading.Thread(target=self._accept, daemon=True).start()

    def break_by(self, fault: str) -> None:
        """Start a fault; it also affects existing connections."""
        self._fault = fault
        self._working.clear()
        if fault == "cut":
            self._reset()

    def repair(self) -> None:
        """End the fault; swallowed data and its connections are lost."""
        if self._fault != "cut":
            self._reset()
        self._fault = ""
        self._working.set()

    def close(self) -> None:
        """Reset every connection and stop listening."""
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._reset()
        self._working.set()

    def _reset(self) -> None:
        for pair in self._pairs:
            for end in pair:
                with contextlib.suppress(OSError):
                    end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                    end.close()
        self._pairs.clear()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                near, _ = self._listener.accept()
                if self._fault == "cut":
                    near.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                    near.close()
                    continue
                self._connect(near)

    def _connect(self, near: socket.socket) -> None:
        far = socket.create_connection(("127.0.0.1", self._target))
        self._pairs.append((near, far))
        for source, sink in ((near, far), (far, near)):
            threading.Thread(target=self._forward, args=(source, sink), daemon=True).start()

    def _forward(self, source: socket.socket, sink: socket.socket) -> None:
        # with a timeout: during a blocking read, close would not reset the connection
        source.settimeout(0.05)
        with contextlib.suppress(OSError, ValueError):
            while True:
                try:
                    chunk = source.recv(65536)
                except TimeoutError:
                    continue
                if not chunk:
                    break
                self._send(chunk, sink)
        with contextlib.suppress(OSError):
            sink.shutdown(socket.SHUT_RDWR)

    def _send(self, chunk: bytes, sink: socket.socket) -> None:
        while self._fault == "drip" and chunk:
            sink.sendall(chunk[:1])
            chunk = chunk[1:]
            self._working.wait(1.0)
        if self._fault != "swallow":
            sink.sendall(chunk)
