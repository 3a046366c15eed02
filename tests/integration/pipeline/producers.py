"""Producers of numbered frames in one process; it prints the answers of the queue as JSON.

    python -m tests.integration.pipeline.producers SOCKET COUNT MUTANT

COUNT frames are divided among three streams, one for each policy of a full queue. A producer pushes
a frame again, unchanged, until there is an answer.
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections import Counter

import pytest

from apps.pipeline.live_queue.frame_queue import FrameQueue, PushAnswer
from apps.pipeline.live_queue.settings import LiveSettings, Policy
from apps.pipeline.messages import Frame
from apps.runtime.clock import RedisClock
from apps.runtime.connection import UNREACHABLE, connect
from apps.runtime.settings import QueueSettings
from tests.integration.pipeline.frame_number import picture_of
from tests.integration.pipeline.mutants import apply_mutant

__all__ = ["LIMITS", "STREAMS"]

#: Limits of the queue in all processes of the run.
LIMITS = LiveSettings(queue_items=64, queue_bytes=1 << 20, frame_bytes=20_000)

#: Stream names, their policies and their shares of the frames.
STREAMS: tuple[tuple[str, Policy, float], ...] = (
    ("waits", Policy.BLOCK, 0.6),
    ("rolls on|a b", Policy.OLDEST, 0.25),
    ("höf:2", Policy.NEWEST, 0.15),
)

_PERIOD = 400  # of every so many frames of a stream, one is too large


async def produce(
    settings: QueueSettings, name: str, policy: Policy, first: int, count: int
) -> Counter[str]:
    """Push `count` frames with numbers from `first` on; the answers."""
    redis = connect(settings, name="producer", timeout=1.0)
    queue, clock, answers = FrameQueue(redis, "face", LIMITS), RedisClock(), Counter[str]()
    for sequence in range(count):
        data = picture_of(first + sequence)
        if sequence % _PERIOD == _PERIOD - 1:
            data += b"\x00" * LIMITS.frame_bytes
        frame = Frame(
            name=name, category="face", data=data, sequence=sequence, epoch=1,
            captured_at=clock.now(),
        )  # fmt: skip
        answers[await push(queue, frame, policy)] += 1
    await redis.aclose()
    return answers


async def push(queue: FrameQueue, frame: Frame, policy: Policy) -> str:
    """Push a frame until it is answered; returns the answer."""
    while True:
        try:
            pushed = await queue.push(frame, policy)
        except UNREACHABLE:
            await asyncio.sleep(0.01)
            continue
        if pushed.answer is not PushAnswer.FULL:
            # a producer that never waits would only cause overflow
            await asyncio.sleep(0.0005 * pushed.waiting if policy is not Policy.BLOCK else 0)
            return pushed.answer.value
        await asyncio.sleep(0.002)


async def produce_all(settings: QueueSettings, count: int) -> dict[str, dict[str, int]]:
    """Run all streams at the same time."""
    answers = await asyncio.gather(
        *(
            produce(settings, name, policy, index * 100_000_000, round(count * share))
            for index, (name, policy, share) in enumerate(STREAMS)
        )
    )
    return {stream[0]: dict(answer) for stream, answer in zip(STREAMS, answers, strict=True)}


def main(socket: str, count: str, mutant: str) -> None:
    """Print the answers to every stream."""
    with pytest.MonkeyPatch.context() as patch:
        if mutant:
            apply_mutant(patch, mutant)
        settings = QueueSettings(queue_socket=socket, queue_timeout=1.0)
        sys.stdout.write(json.dumps(asyncio.run(produce_all(settings, int(count)))))


if __name__ == "__main__":
    main(*sys.argv[1:])
