"""One stream: encoded once, pushed to every task, counted exactly."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
from redis.exceptions import ConnectionError as RedisConnectionError

from apps.pipeline.live_queue.frame_queue import PushAnswer, Pushed
from apps.pipeline.live_queue.settings import Policy
from apps.pipeline.messages import Frame, SourceState
from apps.runtime.clock import RedisClock
from apps.runtime.errors import SourceError
from apps.runtime.metrics import Metrics
from apps.streams.stream import RunningStream
from apps.streams.stream_plan import StreamPlan
from tests.support.fake_source import FakeSource
from tests.support.waiting import until


class Door:
    """A stream of a fake source into two fake queues."""

    def __init__(
        self, *, live: bool = True, policy: Policy = Policy.OLDEST, fps: float = 0.0
    ) -> None:
        self.source = FakeSource(live=live)
        self.frames: dict[str, list[Frame]] = {"face": [], "people": []}
        self.unreachable: set[str] = set()
        self.changes = 0
        self.metrics = Metrics()
        plan = StreamPlan(
            name="door",
            source=self.source,
            tasks=("face", "people"),
            shown="camera:0",
            kind="camera",
            fps=fps,
            policy=policy,
        )
        self.clock_is_set = asyncio.Event()
        pushes = {"face": self.push, "people": self.push}
        self.stream = RunningStream(plan, pushes, RedisClock(), self.metrics, self.change)
        self.stream.start(self.clock_is_set)
        self.stopped = False

    async def push(self, frame: Frame) -> Pushed:
        if frame.category in self.unreachable:
            raise RedisConnectionError("gone")
        self.frames[frame.category].append(frame)
        return Pushed(PushAnswer.ACCEPTED, 1)

    def change(self) -> None:
        self.changes += 1

    async def stop(self) -> None:
        if not self.stopped:
            self.stopped = True
            self.source.release()
            await self.stream.stop()

    def sequences(self, task: str) -> list[int | None]:
        return [frame.sequence for frame in self.frames[task]]


@pytest.fixture
async def door() -> AsyncIterator[Door]:
    made = Door()
    made.clock_is_set.set()
    yield made
    await made.stop()


async def test_every_task_gets_the_same_frame_with_the_same_sequence_number(door: Door) -> None:
    door.source.give()
    await until(lambda: all(door.frames.values()))
    face, people = door.frames["face"][0], door.frames["people"][0]
    assert face.data is people.data
    assert (face.sequence, face.epoch, face.captured_at) == (
        people.sequence,
        people.epoch,
        people.captured_at,
    )


async def test_an_unreachable_queue_of_one_task_does_not_delay_the_other_task(door: Door) -> None:
    door.unreachable.add("people")
    for number in range(5):
        door.source.give()
        await until(lambda wanted=number + 1: len(door.frames["face"]) == wanted)  # type: ignore[misc]
    assert door.sequences("face") == [0, 1, 2, 3, 4]
    assert door.frames["people"] == []


async def test_sequence_numbers_never_repeat_within_one_epoch(door: Door) -> None:
    for number in range(4):
        door.source.give()
        await until(lambda wanted=number + 1: len(door.frames["face"]) == wanted)  # type: ignore[misc]
        door.source.fail(SourceError("gone"))
    assert door.sequences("face") == [0, 1, 2, 3]
    assert {frame.epoch for frame in door.frames["face"]} == {door.stream.epoch}


async def test_the_epoch_is_set_when_redis_clock_is_known() -> None:
    door = Door()
    door.source.give()
    await until(lambda: door.stream.state is SourceState.LIVE)
    assert door.stream.epoch == 0
    assert door.frames["face"] == []
    door.clock_is_set.set()
    await until(lambda: len(door.frames["face"]) == 1)
    frame = door.frames["face"][0]
    assert frame.epoch == door.stream.epoch > 0
    assert frame.captured_at is not None
    assert frame.captured_at < door.stream.epoch
    await door.stop()


async def test_two_starts_have_different_epochs() -> None:
    epochs = []
    for _ in range(2):
        door = Door()
        door.clock_is_set.set()
        await until(lambda now=door: now.stream.epoch > 0)  # type: ignore[misc]
        epochs.append(door.stream.epoch)
        await door.stop()
    assert epochs[0] < epochs[1]


async def test_its_registry_entry_has_its_state_size_and_error(door: Door) -> None:
    door.source.give()
    await until(lambda: all(door.frames.values()))
    await until(lambda: door.stream.state is SourceState.LIVE)
    face, people = door.stream.infos()
    assert (face.id, people.id) == ("door:face", "door:people")
    assert (face.state, face.source, face.kind) == (SourceState.LIVE, "camera:0", "camera")
    assert (face.width, face.height) == (64, 48)
    assert abs(face.last_captured_at - (door.frames["face"][0].captured_at or 0)) < 1000
    door.source.fail(SourceError("unplugged"))
    await until(lambda: door.stream.state is SourceState.OFFLINE)
    assert door.stream.infos()[0].error == "unplugged"


async def test_the_counters_balance_after_a_stop_while_redis_was_unreachable() -> None:
    door = Door()
    door.clock_is_set.set()
    door.source.give(3)
    await until(lambda: bool(door.frames["face"]))
    door.unreachable = {"face", "people"}
    door.source.give(50)
    await until(lambda: door.stream.infos()[0].captured == 53)
    await door.stop()
    for info in door.stream.infos():
        assert info.captured == info.pushed + sum(info.dropped.values()) == 53
        assert info.pushed == len(door.frames[info.task])
        assert 1 <= info.dropped["stopped"] <= 2  # one being pushed, and perhaps one in the mailbox


async def test_the_metrics_match_the_counters(door: Door) -> None:
    door.source.give()
    door.source.give_damaged()
    door.source.give()
    await until(lambda: door.stream.infos()[0].captured == 3)
    await until(lambda: sum(len(frames) for frames in door.frames.values()) >= 2)
    await door.stop()
    door.stream.update_metrics()

    def value(name: str, *more: str) -> float | None:
        labels = {"stream": "door:face", "task": "face"}
        if more:
            labels["reason"] = more[0]
        return door.metrics.registry.get_sample_value(name, labels)

    info = door.stream.infos()[0]
    assert value("ei_frames_captured_total") == info.captured == 3
    assert value("ei_frames_pushed_total") == info.pushed
    assert value("ei_frames_source_dropped_total", "damaged") == info.dropped["damaged"] == 1
    door.stream.remove_metrics()
    assert value("ei_frames_captured_total") is None
    assert value("ei_frames_source_dropped_total", "damaged") is None


async def test_a_recording_waits_for_a_blocking_queue() -> None:
    door = Door(live=False, policy=Policy.BLOCK)
    door.clock_is_set.set()
    door.source.give(500)
    door.source.end()
    await until(lambda: door.stream.state is SourceState.ENDED)
    await door.stop()
    for info in door.stream.infos():
        assert (info.captured, info.pushed, info.dropped) == (500, 500, {})


async def test_a_slow_stream_may_be_silent_for_longer() -> None:
    door = Door(fps=0.1)
    assert door.stream._supervisor.lifecycle._timeouts.silent_seconds == 30
    await door.stop()


async def test_pushing_continues_after_an_unexpected_error_that_is_logged_and_counted(
    door: Door, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("apps.streams.restarting._RESTART_SECONDS", 0.0)
    healthy = door.frames["face"]
    del door.frames["face"]
    door.source.give()
    await until(lambda: "KeyError" in caplog.text)
    door.frames["face"] = healthy
    door.source.give()
    await until(lambda: len(healthy) == 1)
    errors = door.metrics.registry.get_sample_value(
        "ei_service_errors_total", {"service": "streams"}
    )
    assert errors is not None
    assert errors >= 1
    await door.stop()
    info = door.stream.infos()[0]
    assert info.captured == info.pushed + sum(info.dropped.values()) == 2
