"""A producer that uses RPUSH only and sends valid and invalid frames.

    python -m tests.integration.pipeline.foreign_producer SOCKET COUNT

It prints the number of frames of each stream as JSON.
"""

from __future__ import annotations

import json
import sys
import time
from collections import Counter

import redis

from apps.pipeline.messages import wire
from tests.integration.pipeline.frame_number import picture_of
from tests.integration.pipeline.producers import LIMITS

__all__ = ["FIRST"]

#: Number of the first frame.
FIRST = 1_000_000_000


def message(index: int) -> tuple[str, bytes]:
    """The stream name in the ledger, and the bytes of a frame."""
    picture = picture_of(FIRST + index)
    match index % 10:
        case 7:
            return "torn", old_frame("torn", "face", picture[:-2])
        case 8:
            return "astray", old_frame("astray", "car", picture)
        case 9 if index % 100 == 99:
            return "huge", old_frame("huge", "face", picture + b"\x00" * LIMITS.frame_bytes)
        case 9:
            return "unknown", b"\x93not a frame"
    return "gate", old_frame("gate", "face", picture)


def old_frame(name: str, category: str, data: bytes) -> bytes:
    """A frame in the format of old producers."""
    return wire.encode({"name": name, "category": category, "data": data})


def main(socket: str, count: str) -> None:
    """Push, with a long timeout: a foreign producer cannot repeat a push."""
    client = redis.Redis(unix_socket_path=socket, socket_timeout=120)
    taken: Counter[str] = Counter()
    for index in range(int(count)):
        stream, data = message(index)
        waiting = client.rpush("queue_face", data)
        taken[stream] += 1
        time.sleep(0.0005 * int(waiting))
    sys.stdout.write(json.dumps(taken))


if __name__ == "__main__":
    main(*sys.argv[1:])
