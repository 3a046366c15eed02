"""Many viewers of one stream in one process, each little more than a socket.

    python -m tools.bench.fanout.crowd HOST PORT PATH VIEWERS reading|stalled

They read the head of each message for its age, and the kernel discards the rest (`recv` with
`MSG_TRUNC`, tcp(7)), so that a crowd costs far less CPU than the server. Stalled viewers never read
and reconnect when the server disconnects them. Each input line ends a round; the output is one line
of JSON, `Round`.
"""

from __future__ import annotations

import select
import socket
import sys
import time

import msgspec

__all__ = ["Reader", "Round"]

#: Bytes read of each message: the times of a `Result` are within the first 200.
_HEAD = 256
_STAMP = b"\xabinferred_at\xcf"
_SCRAP = bytearray(1 << 20)
_PING = 9


class Round(msgspec.Struct):
    """Observations of a crowd since the previous round.

    Attributes:
        messages: completely received messages.
        ages_ms: age of each message since its `inferred_at`, milliseconds.
        cut_off: connections closed by the server.
    """

    messages: int = 0
    ages_ms: list[float] = msgspec.field(default_factory=list)
    cut_off: int = 0


class Reader:
    """Follows one connection through its WebSocket frames (RFC 6455 §5.2).

    Attributes:
        left: remaining bytes of the current message, which may be discarded.
    """

    def __init__(self, seen: Round) -> None:
        self.left = 0
        self._seen = seen
        self._begun = b""
        self._is_data = False

    @property
    def wanted(self) -> int:
        """Bytes to read for `look` while `left` is 0."""
        return _HEAD - len(self._begun)

    def skip(self, size: int) -> None:
        """Count discarded bytes of the current message."""
        self.left -= size
        if not self.left:
            self._seen.messages += self._is_data

    def look(self, data: bytes, now_us: int) -> bytes:
        """Process received bytes; return the payloads of pings, which must be answered."""
        self._begun += data
        pings = b""
        while (size := _frame_size(self._begun)) is not None:
            header, payload = size
            head = self._begun[: header + payload]
            if len(head) < min(header + payload, _HEAD):
                break
            opcode = head[0] & 0x0F
            self._is_data = opcode < 8
            if self._is_data:
                self._note_age(head, now_us)
            elif opcode == _PING:
                pings += head[header:]
            self._begun = self._begun[len(head) :]
            self.left = header + payload
            self.skip(len(head))
        return pings

    def _note_age(self, head: bytes, now_us: int) -> None:
        at = head.find(_STAMP)
        if at >= 0:
            at += len(_STAMP)
            self._seen.ages_ms.append((now_us - int.from_bytes(head[at : at + 8], "big")) / 1000)


def _frame_size(data: bytes) -> tuple[int, int] | None:
    """Header and payload size of the frame at the start of `data`; None if incomplete."""
    if len(data) < 2:
        return None
    payload = data[1] & 0x7F
    header = {126: 4, 127: 10}.get(payload, 2)
    if len(data) < header:
        return None
    return header, payload if header == 2 else int.from_bytes(data[2:header], "big")


class _Viewer:
    """One connection."""

    def __init__(self, address: tuple[str, int], path: str, seen: Round, *, stalled: bool) -> None:
        self._reader = Reader(seen)
        self.socket = socket.socket()
        if stalled:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        self.socket.connect(address)
        self.socket.sendall(_upgrade(address, path))
        self._read_answer()
        self.socket.setblocking(False)  # noqa: FBT003 - its own signature

    def _read_answer(self) -> None:
        answer = b""
        while not answer.endswith(b"\r\n\r\n"):
            byte = self.socket.recv(1)
            if not byte:
                raise ConnectionError(f"WebSocket refused: {answer.decode(errors='replace')[:200]}")
            answer += byte
        if b" 101 " not in answer:
            raise ConnectionError(f"WebSocket refused: {answer.decode(errors='replace')[:200]}")

    def read(self) -> None:
        """Read the available data.

        Raises:
            ConnectionError: The server closed the connection.
        """
        reader = self._reader
        try:
            while True:
                if reader.left:
                    size = min(reader.left, len(_SCRAP))
                    got = self.socket.recv_into(_SCRAP, size, socket.MSG_TRUNC)
                    reader.skip(got)
                else:
                    data = self.socket.recv(reader.wanted)
                    got = len(data)
                    if ping := reader.look(data, time.time_ns() // 1000):
                        self._pong(ping)
                if not got:
                    raise ConnectionResetError
        except BlockingIOError:
            return

    def _pong(self, payload: bytes) -> None:
        # a mask of zeros leaves the payload as it is
        self.socket.send(bytes((0x8A, 0x80 | len(payload))) + bytes(4) + payload)


def _upgrade(address: tuple[str, int], path: str) -> bytes:
    return (
        f"GET /{path} HTTP/1.1\r\nHost: {address[0]}:{address[1]}\r\nUpgrade: websocket\r\n"
        "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
        "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
    ).encode()


class _Crowd:
    """All viewers of the process."""

    def __init__(self, address: tuple[str, int], path: str, viewers: int, *, stalled: bool) -> None:
        self._address, self._path, self._stalled = address, path, stalled
        self._seen = Round()
        self._poll = select.epoll()
        self._viewers: dict[int, _Viewer] = {}
        for _ in range(viewers):
            self._enter()

    def _enter(self) -> None:
        viewer = _Viewer(self._address, self._path, self._seen, stalled=self._stalled)
        self._viewers[viewer.socket.fileno()] = viewer
        events = select.EPOLLRDHUP if self._stalled else select.EPOLLIN
        self._poll.register(viewer.socket, events)

    def run(self) -> None:
        """Watch until the input ends; each line on it ends a round."""
        self._poll.register(sys.stdin, select.EPOLLIN)
        while True:
            for number, _ in self._poll.poll():
                if number != sys.stdin.fileno():
                    self._read(number)
                elif not sys.stdin.readline():
                    return
                else:
                    self._tell()

    def _read(self, number: int) -> None:
        viewer = self._viewers[number]
        try:
            if self._stalled:
                raise ConnectionResetError
            viewer.read()
        except OSError:
            self._seen.cut_off += 1
            del self._viewers[number]
            self._poll.unregister(number)
            viewer.socket.close()
            self._enter()

    def _tell(self) -> None:
        sys.stdout.write(msgspec.json.encode(self._seen).decode() + "\n")
        sys.stdout.flush()
        self._seen.messages, self._seen.cut_off = 0, 0
        self._seen.ages_ms.clear()


def main() -> None:
    """Run the crowd."""
    host, port, path, viewers, manner = sys.argv[1:]
    crowd = _Crowd((host, int(port)), path, int(viewers), stalled=manner == "stalled")
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    crowd.run()


if __name__ == "__main__":
    main()
