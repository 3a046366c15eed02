"""Delivery of one result to all viewers of its stream."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

import fakeredis
import prometheus_client
import pytest

from apps.gateway.live.viewers import Viewer, Viewers
from apps.pipeline import keys
from apps.pipeline.messages import Detection, Result, wire
from apps.runtime.clock import RedisClock
from apps.runtime.metrics import Metrics

HALL = "hall:face"


def result(sequence: int = 1, **changes: Any) -> Result:
    fields: dict[str, Any] = {
        "stream": HALL, "task": "face", "sequence": sequence, "epoch": 7, "captured_at": 1,
        "inferred_at": 2, "width": 4, "height": 3, "model": "m", "precision": "INT8",
        "device": "CPU", "jpeg": b"\xff\xd8picture",
        "detections": (Detection(label="face", score=0.5, box=(0, 0, 1, 1)),),
    }  # fmt: skip
    return Result(**{**fields, **changes})


class Delivery:
    """Viewers with a fake Redis, and a count of the drawn pictures."""

    def __init__(self) -> None:
        self.redis: Any = fakeredis.FakeAsyncRedis(version=(6, 2))
        self.metrics = Metrics()
        self.drawn = 0
        self.viewers = Viewers(self.redis, RedisClock(), self.metrics, self._draw)

    def _draw(self, one: Result) -> bytes:
        self.drawn += 1
        return b"drawn %d" % one.sequence

    def add(
        self,
        transport: str = "websocket",
        stream: str = HALL,
        framing: Callable[[bytes], bytes] = bytes,
    ) -> Viewer:
        viewer = Viewer(stream, transport, framing)
        self.viewers.add(viewer)
        return viewer

    def deliver(self, message: Result) -> bytes:
        data = wire.encode(message)
        self.viewers.deliver(message.stream, data)
        return data

    def exported(self) -> str:
        return prometheus_client.generate_latest(self.metrics.registry).decode()


@pytest.fixture
async def delivery() -> AsyncIterator[Delivery]:
    delivery = Delivery()
    yield delivery
    await delivery.redis.aclose()


async def test_every_viewer_gets_the_very_same_bytes(delivery: Delivery) -> None:
    viewers = [delivery.add() for _ in range(100)]
    sent = delivery.deliver(result())
    taken = [viewer.mailbox.take() for viewer in viewers]
    assert all(message == sent for message in taken)
    assert len({id(message) for message in taken}) == 1


async def test_each_framing_is_made_once_for_all_viewers(delivery: Delivery) -> None:
    made = []

    def framing(message: bytes) -> bytes:
        made.append(message)
        return b"<%d>" % len(message)

    viewers = [delivery.add(framing=framing) for _ in range(3)]
    sent = delivery.deliver(result())
    assert [viewer.mailbox.take() for viewer in viewers] == [b"<%d>" % len(sent)] * 3
    assert made == [sent]


async def test_a_viewer_without_pixels_gets_the_detections_encoded_once(delivery: Delivery) -> None:
    light = [delivery.add() for _ in range(3)]
    full = delivery.add()
    for viewer in light:
        delivery.viewers.set_options(viewer, pixels=False, max_fps=None)
    sent = delivery.deliver(result())
    messages = [viewer.mailbox.take() for viewer in light]
    assert messages[0] is not None
    seen = wire.decode(Result, messages[0])
    assert (seen.jpeg, len(seen.detections)) == (None, 1)
    assert len({id(message) for message in messages}) == 1
    assert full.mailbox.take() == sent


async def test_a_message_without_pixels_is_not_changed(delivery: Delivery) -> None:
    viewer = delivery.add()
    delivery.viewers.set_options(viewer, pixels=False, max_fps=None)
    sent = delivery.deliver(result(jpeg=None))
    assert viewer.mailbox.take() is not None
    assert sent


async def test_results_of_other_streams_are_not_seen(delivery: Delivery) -> None:
    viewer = delivery.add()
    delivery.add(stream="yard:face")
    delivery.deliver(result(stream="yard:face"))
    assert viewer.mailbox.take() is None


async def test_late_results_are_dropped_and_counted(delivery: Delivery) -> None:
    viewer = delivery.add()
    for sequence in (3, 1, 2):
        delivery.deliver(result(sequence))
    taken = viewer.mailbox.take()
    assert taken is not None
    assert wire.decode(Result, taken).sequence == 3
    assert 'ei_results_late_total{task="face"} 2.0' in delivery.exported()


async def test_a_new_start_of_the_stream_begins_at_one_again(delivery: Delivery) -> None:
    viewer = delivery.add()
    delivery.deliver(result(50, epoch=7))
    delivery.deliver(result(1, epoch=8))
    taken = viewer.mailbox.take()
    assert taken is not None
    assert wire.decode(Result, taken).epoch == 8


async def test_an_epoch_in_the_future_is_dropped(delivery: Delivery) -> None:
    viewer = delivery.add()
    delivery.deliver(result(1, epoch=2**60))
    delivery.deliver(result(1))
    taken = viewer.mailbox.take()
    assert taken is not None
    assert wire.decode(Result, taken).epoch == 7


@pytest.mark.parametrize(
    "message", [b"", b"\xc1", b"\x80", wire.encode({"stream": 3}), b"\x91" * 5000]
)
async def test_malformed_results_are_dropped(delivery: Delivery, message: bytes) -> None:
    viewer = delivery.add()
    delivery.viewers.deliver(HALL, message)
    assert viewer.mailbox.take() is None


async def test_a_result_under_another_name_is_dropped(delivery: Delivery) -> None:
    viewer = delivery.add()
    delivery.viewers.deliver(HALL, wire.encode(result(stream="yard:face")))
    assert viewer.mailbox.take() is None


async def test_skips_are_counted(delivery: Delivery) -> None:
    viewer = delivery.add()
    for sequence in range(1, 5):
        delivery.deliver(result(sequence))
    assert 'ei_viewer_skipped_total{transport="websocket"} 3.0' in delivery.exported()
    delivery.viewers.remove(viewer)
    assert 'ei_viewers{transport="websocket"} 0.0' in delivery.exported()


async def test_viewers_are_counted_by_stream(delivery: Delivery) -> None:
    first, _ = delivery.add(), delivery.add()
    delivery.add(stream="yard:face")
    assert delivery.viewers.counts() == {HALL: 2, "yard:face": 1}
    delivery.viewers.remove(first)
    assert delivery.viewers.counts()[HALL] == 1


async def test_boxes_are_drawn_once_for_all_viewers_that_want_them(delivery: Delivery) -> None:
    plain = delivery.add()
    delivery.deliver(result(1))
    assert delivery.drawn == 0
    drawn = [delivery.add("jpeg"), delivery.add("mjpeg")]
    delivery.deliver(result(2))
    async with asyncio.timeout(5):
        await asyncio.gather(*(viewer.mailbox.wait() for viewer in drawn))
    assert [viewer.mailbox.take() for viewer in drawn] == [b"drawn 2", b"drawn 2"]
    assert delivery.drawn == 1
    assert plain.mailbox.take() != b"drawn 2"


async def test_a_watch_is_renewed_while_a_viewer_wants_pixels(delivery: Delivery) -> None:
    running = asyncio.create_task(delivery.viewers.run())
    try:
        viewer = delivery.add()
        delivery.viewers.set_options(viewer, pixels=False, max_fps=None)
        await asyncio.sleep(0.05)
        assert not await delivery.redis.exists(keys.watch(HALL))
        delivery.viewers.set_options(viewer, pixels=True, max_fps=None)
        async with asyncio.timeout(5):
            while not await delivery.redis.exists(keys.watch(HALL)):
                await asyncio.sleep(0.01)
        assert 0 < await delivery.redis.ttl(keys.watch(HALL)) <= 3
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
