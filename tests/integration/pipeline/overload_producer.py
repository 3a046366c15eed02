"""A foreign producer that never waits: it pushes frames of 20 kB at a fixed rate.

python -m tests.integration.pipeline.overload_producer SOCKET FRAMES_PER_SECOND
"""

from __future__ import annotations

import itertools
import sys
import time

import redis

from apps.pipeline.messages import wire

_FRAME_BYTES = 20_000


def main(socket: str, rate: str) -> None:
    """Push until killed, the frames of 0.1 s at a time."""
    client = redis.Redis(unix_socket_path=socket)
    data = bytes(_FRAME_BYTES)
    for number in itertools.count():
        names = (f"gate {number % 3}", f"door {number % 7}")
        frames = [wire.encode({"name": n, "category": "face", "data": data}) for n in names]
        client.rpush("queue_face", *(frames * (int(rate) // 20)))
        time.sleep(0.1)


if __name__ == "__main__":
    main(*sys.argv[1:])
