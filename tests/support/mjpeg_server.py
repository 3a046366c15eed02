"""An MJPEG camera over HTTP on loopback that can simulate faults; runs in threads."""

from __future__ import annotations

import contextlib
import socket
import struct
import threading
import time
from collections.abc import Iterator

__all__ = ["MjpegServer"]

_HEAD = (
    b"HTTP/1.0 200 OK\r\nContent-Type: multipart/x-mixed-replace; boundary=picture\r\n"
    b"Connection: close\r\n\r\n"
)


class MjpegServer:
    """Repeats the given JPEGs, 20 per second.

    Attributes:
        jpegs: the pictures.
        answer: complete response to send instead of pictures.
        silent: it keeps its connections open but sends nothing.
        dripping: it sends one byte every 50 ms.
        requests: the received requests, in order.
    """

    def __init__(self, jpegs: list[bytes]) -> None:
        self.jpegs = jpegs
        self.answer = b""
        self.silent = False
        self.dripping = False
        self.requests: list[bytes] = []
        self._connections: set[socket.socket] = set()
        self._listener: socket.socket | None = None
        self.port = 0
        self.start()

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}/video"

    def start(self) -> None:
        """Listen; after a stop on the same port as before."""
        self._listener = socket.create_server(("127.0.0.1", self.port))
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, args=(self._listener,), daemon=True).start()

    def stop(self) -> None:
        """Refuse new connections and reset existing ones, like a camera that reboots."""
        if self._listener is not None:
            # close alone would not wake the accepting thread
            with contextlib.suppress(OSError):
                self._listener.shutdown(socket.SHUT_RDWR)
            self._listener.close()
            self._listener = None
        for connection in self._connections.copy():
            with contextlib.suppress(OSError):
                reset = struct.pack("ii", 1, 0)
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, reset)
                connection.close()

    def _accept(self, listener: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = listener.accept()
                self._connections.add(connection)
                threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        with contextlib.suppress(OSError), connection:
            request = connection.recv(4096)
            if not request:
                return  # the client only tested the connection
            self.requests.append(request)
            for chunk in self._chunks():
                while self.silent:
                    time.sleep(0.01)
                connection.sendall(chunk)
        self._connections.discard(connection)

    def _chunks(self) -> Iterator[bytes]:
        if self.answer:
            yield self.answer
            return
        yield _HEAD
        number = 0
        while True:
            jpeg = self.jpegs[number % len(self.jpegs)]
            part = b"--picture\r\nContent-Type: image/jpeg\r\nContent-Length: %d\r\n\r\n" % len(
                jpeg
            )
            whole = part + jpeg + b"\r\n"
            for at in range(len(whole) if self.dripping else 0):
                yield whole[at : at + 1]
                time.sleep(0.05)
            if not self.dripping:
                yield whole
                time.sleep(0.05)
            number += 1
