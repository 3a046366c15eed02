"""Use of the gateway: a viewer of the first stream, and images sent for inference."""

from __future__ import annotations

import contextlib
import json
import threading
import urllib.request

from websockets.exceptions import WebSocketException
from websockets.sync.client import connect

from tests.support.pictures import grey_jpeg

__all__ = ["Use"]


class Use:
    """Watches and sends requests until it is stopped."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._done = threading.Event()
        self._threads = [threading.Thread(target=work) for work in (self._watch, self._ask)]
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Stop."""
        self._done.set()
        for thread in self._threads:
            thread.join()

    def _watch(self) -> None:
        while not self._done.is_set():
            with contextlib.suppress(OSError, WebSocketException):  # people look again
                self._look()

    def _look(self) -> None:
        with connect(f"ws://127.0.0.1:{self._port}/{self._stream()}", max_size=None) as viewer:
            while not self._done.is_set():
                viewer.recv(timeout=10)

    def _ask(self) -> None:
        picture = grey_jpeg()
        while not self._done.wait(1):
            with contextlib.suppress(OSError):  # a busy machine may answer too late: ask again
                self._request("POST", "/api/infer/face", picture)

    def _stream(self) -> str:
        listed = json.loads(self._request("GET", "/api/streams"))["streams"]
        return str(listed[0]["id"])

    def _request(self, method: str, path: str, body: bytes | None = None) -> bytes:
        headers = {"X-EI-Request": "1", "Content-Type": "image/jpeg"}
        request = urllib.request.Request(
            f"http://127.0.0.1:{self._port}{path}", body, headers, method=method
        )
        with urllib.request.urlopen(request, timeout=30) as answer:
            text: bytes = answer.read()
            return text
