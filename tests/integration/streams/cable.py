"""A cable between a stream and its camera that can be cut: a small TCP proxy with faults."""

from __future__ import annotations

import contextlib
import socket
import struct
import threading

__all__ = ["Cable"]


class Cable:
    """Carries TCP from its own port to a port of this machine.

    Faults: `swallow` keeps every connection and carries nothing (the other end lost its power),
    `cut` resets every connection, and `drip` carries a byte at a time.
    """

    def __init__(self, target: int) -> None:
        self._target = target
        self._fault = ""
        self._mended = threading.Event()
        self._mended.set()
        self._pairs: list[tuple[socket.socket, socket.socket]] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])
        threading.Thread(target=self._accept, daemon=True).start()

    def break_by(self, fault: str) -> None:
        """Begin to misbehave, also on the connections that there are."""
        self._fault = fault
        self._mended.clear()
        if fault == "cut":
            self._reset()

    def mend(self) -> None:
        """Behave; what was swallowed is lost, as its connections are."""
        if self._fault != "cut":
            self._reset()
        self._fault = ""
        self._mended.set()

    def close(self) -> None:
        """Cut everything and listen no more."""
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._reset()
        self._mended.set()

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
            threading.Thread(target=self._carry, args=(source, sink), daemon=True).start()

    def _carry(self, source: socket.socket, sink: socket.socket) -> None:
        # a read with a time-out: while one waits for ever, close would not reset the connection
        source.settimeout(0.05)
        with contextlib.suppress(OSError, ValueError):
            while True:
                try:
                    chunk = source.recv(65536)
                except TimeoutError:
                    continue
                if not chunk:
                    break
                self._pass_on(chunk, sink)
        with contextlib.suppress(OSError):
            sink.shutdown(socket.SHUT_RDWR)

    def _pass_on(self, chunk: bytes, sink: socket.socket) -> None:
        while self._fault == "drip" and chunk:
            sink.sendall(chunk[:1])
            chunk = chunk[1:]
            self._mended.wait(1.0)
        if self._fault != "swallow":
            sink.sendall(chunk)
