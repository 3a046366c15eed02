"""Redis users on a real server: each can do its work with the real code, and only that."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from redis.asyncio import Redis

from apps.gateway.auth.sessions import Session, Sessions, digest
from apps.pipeline.job_queue.dead_letters import DeadLetters
from apps.pipeline.job_queue.job_client import JobClient
from apps.pipeline.job_queue.job_consumer import JobConsumer
from apps.pipeline.job_queue.job_queue import JobQueue
from apps.pipeline.job_queue.settings import JobSettings
from apps.pipeline.live_queue.frame_consumer import INFERRED, FrameConsumer
from apps.pipeline.live_queue.frame_queue import FrameQueue
from apps.pipeline.live_queue.settings import LiveSettings, Policy
from apps.pipeline.messages import Frame, SourceState, StreamInfo, WorkerInfo, WorkerState
from apps.pipeline.registry import scaling_events, trials
from apps.pipeline.registry.control import ScalingEvent, ScalingLimits, StreamWanted, TrialAnswer
from apps.pipeline.registry.heartbeats import Registry
from apps.pipeline.registry.wanted_streams import WantedStreams
from apps.pipeline.results.result_feed import ResultFeed, renew_watches, watched
from apps.runtime.clock import RedisClock
from apps.runtime.errors import JobError, JobReason
from tests.support.jobs import RESULT
from tests.support.waiting import until

LIVE = LiveSettings(queue_items=2, frame_bytes=2048)
JOBS = JobSettings(job_attempts=1, dead_letters=1)
INFO = StreamInfo(id="a:face", name="a", task="face", epoch=1, state=SourceState.LIVE)
WORKER = WorkerInfo(id="w1", task="face", state=WorkerState.READY)


def frame(sequence: int) -> Frame:
    return Frame(name="a", category="face", data=b"jpeg", sequence=sequence, epoch=1)


async def synchronised(redis: Redis) -> RedisClock:
    clock = RedisClock()
    await clock.synchronise(redis)
    return clock


async def test_a_foreign_camera_feeds_and_the_queue_is_bounded(users: dict[str, Redis]) -> None:
    for _ in range(5):
        await users["camera"].rpush("queue_face", b"\x81\xa4name\xa1c")
    await users["camera"].rpush("queue_face", b"x" * 4096)
    ledger = await FrameQueue(users["gateway"], "face", LIVE).sweep()
    assert (ledger.total.queued, ledger.total.error) == (2, 0)


async def test_streams_push_with_every_policy_among_foreign_pushes(users: dict[str, Redis]) -> None:
    queue = FrameQueue(users["streams"], "face", LIVE)
    for number, policy in enumerate([*Policy] * 3, start=1):
        await queue.push(frame(number), policy)
        await users["camera"].rpush("queue_face", b"x" * (4096 if number % 2 else 16))
    await users["admin"].lpop("queue_face")
    assert (await queue.push(frame(99))).waiting <= 2


async def test_streams_send_heartbeats_and_read_the_wanted_streams(users: dict[str, Redis]) -> None:
    clock = await synchronised(users["streams"])
    registry = Registry(users["streams"], clock)
    await registry.beat_stream(INFO)
    await registry.report_conflict(INFO.id)
    assert [info.conflict for info in await registry.streams()] == [True]
    assert [i.id for i in await Registry(users["gateway"], clock).streams()] == ["a:face"]
    await registry.remove_stream(INFO.id)
    assert await WantedStreams(users["streams"]).all() == []


async def test_a_worker_takes_settles_and_loses_frames_and_leaves(users: dict[str, Redis]) -> None:
    queue = FrameQueue(users["streams"], "face", LIVE)
    consumer = FrameConsumer(users["worker"], "face", LIVE, lease_seconds=1)
    silent = FrameConsumer(users["worker"], "face", LIVE, lease_seconds=0)
    for number in range(1, 6):
        await queue.push(frame(number))
    (lost,) = (await silent.exchange(1)).frames
    (taken,) = (await consumer.exchange(1, publish=[("results:a:face", b"x")])).frames
    consumer.settle(taken.ticket, INFERRED)
    await consumer.exchange(0)
    await users["admin"].hdel("{queue_face}:ledger", "swept_at")
    await FrameQueue(users["gateway"], "face", LIVE).sweep()
    silent.settle(lost.ticket, INFERRED)
    await silent.exchange(1)
    await consumer.wait(0.01)
    await consumer.leave()
    ledger = await FrameQueue(users["gateway"], "face", LIVE).sweep()
    assert (ledger.total.inferred, ledger.total.error) == (2, 0)


async def test_a_worker_sends_heartbeats_and_reads_the_watch_keys(users: dict[str, Redis]) -> None:
    clock = await synchronised(users["worker"])
    registry = Registry(users["worker"], clock)
    await registry.beat_worker(WORKER)
    assert [info.id for info in await Registry(users["gateway"], clock).workers()] == ["w1"]
    await registry.remove_worker("w1")
    await renew_watches(users["gateway"], ["a:face"])
    assert await watched(users["worker"], ["a:face"]) == {"a:face"}


async def test_jobs_are_answered_returned_and_become_dead_letters(users: dict[str, Redis]) -> None:
    client = JobClient(users["gateway"], JOBS)
    consumer = JobConsumer(users["worker"], "face", JOBS)
    asked = [asyncio.create_task(client.submit("face", b"jpeg", 20)) for _ in range(4)]
    jobs: list[Any] = []

    async def take() -> None:
        await consumer.wait(0.01)
        jobs.extend(await consumer.take(4 - len(jobs)))

    while len(jobs) < 4:
        await take()
    consumer.done(jobs[0], RESULT)
    consumer.fail(jobs[1], JobReason.FAILED, "no picture")
    consumer.retry(jobs[2], "again")
    consumer.retry(jobs[3], "again")
    await consumer.take(0)
    answers = await asyncio.gather(*asked, return_exceptions=True)
    assert sum(isinstance(answer, JobError) for answer in answers) == 3
    await consumer.leave()
    await client.close()
    stats = await JobQueue(users["gateway"], "face", JOBS).sweep()
    assert (stats.error, stats.dead_letters, stats.counts["done"]) == (0, 1, 1)
    assert await users["operator"].xlen("{jobs_face}:dead") == 1
    letters = DeadLetters(users["gateway"], "face")
    (letter,) = await letters.page()
    assert await letters.read(letter.id) is not None
    assert await letters.discard(letter.id)


async def test_a_job_that_no_worker_takes_is_withdrawn(users: dict[str, Redis]) -> None:
    client = JobClient(users["gateway"], JOBS)
    with pytest.raises(JobError):
        await client.submit("face", b"jpeg", 0.1)
    await client.close()


async def test_a_worker_that_leaves_returns_its_jobs(users: dict[str, Redis]) -> None:
    client = JobClient(users["gateway"], JOBS)
    first, second = (JobConsumer(users["worker"], "face", JOBS) for _ in range(2))
    asked = asyncio.create_task(client.submit("face", b"jpeg", 20))
    while not await first.take(1):
        await first.wait(0.01)
    await first.leave()
    (job,) = await second.take(1)
    second.done(job, RESULT)
    await second.take(0)
    assert (await asked).model == "model"
    await client.close()


async def test_the_gateway_receives_results(users: dict[str, Redis]) -> None:
    heard: list[tuple[str, bytes]] = []
    feed = ResultFeed(users["gateway"], lambda stream, data: heard.append((stream, data)))
    feed.listen("a:face")
    running = asyncio.create_task(feed.run())
    consumer = FrameConsumer(users["worker"], "face", LIVE)
    while not heard:
        await consumer.exchange(0, publish=[("results:a:face", b"x")])
        await asyncio.sleep(0.01)
    feed.ignore("a:face")
    feed.listen("b:face")
    await until(lambda: heard[0] == ("a:face", b"x"))
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


async def test_the_gateway_administers_streams_and_sessions(users: dict[str, Redis]) -> None:
    wanted = WantedStreams(users["gateway"])
    stream = StreamWanted(name="a", tasks=("face",), source="rtsp://user:secret@camera/")
    assert await wanted.add(stream)
    await wanted.replace(stream)
    assert await wanted.get("a") is not None
    assert [found.name for found in await WantedStreams(users["streams"]).all()] == ["a"]
    assert await wanted.remove("a")
    sessions = Sessions(users["gateway"], 60)
    cookie = await sessions.open(Session(user=None, fingerprint="f"))
    assert await sessions.find(digest(cookie)) is not None
    await sessions.end(digest(cookie))
    await users["gateway"].scan(0, match="*queue_*", count=1000)


async def test_a_trial_is_requested_and_answered(users: dict[str, Redis]) -> None:
    clock = await synchronised(users["gateway"])
    asking = asyncio.create_task(
        trials.ask(users["gateway"], "rtsp://camera/", now=clock.now(), seconds=4)
    )
    asked = await trials.take(users["streams"], now=clock.now(), seconds=4)
    assert asked is not None
    await trials.answer(users["streams"], asked.id, TrialAnswer(error="no route"))
    answer = await asking
    assert answer is not None
    assert answer.error == "no route"


async def test_scaling_events_are_written_and_read(users: dict[str, Redis]) -> None:
    limits = ScalingLimits(task="face", min_workers=1, max_workers=2, target=0.8)
    await scaling_events.write_limits(users["operator"], limits)
    await scaling_events.write_event(
        users["operator"], ScalingEvent(at=1, task="face", before=1, after=2)
    )
    assert len(await scaling_events.read_events(users["gateway"])) == 1
    assert await scaling_events.read_limits(users["gateway"]) == {"face": limits}


async def test_no_role_was_denied_a_command_of_its_work(users: dict[str, Redis]) -> None:
    """Denials inside a script or in a tolerant client would not fail the tests above."""
    await users["admin"].acl_log_reset()
    work: list[Callable[[dict[str, Redis]], Awaitable[None]]] = [
        test_a_foreign_camera_feeds_and_the_queue_is_bounded,
        test_streams_push_with_every_policy_among_foreign_pushes,
        test_streams_send_heartbeats_and_read_the_wanted_streams,
        test_a_worker_takes_settles_and_loses_frames_and_leaves,
        test_a_worker_sends_heartbeats_and_reads_the_watch_keys,
        test_jobs_are_answered_returned_and_become_dead_letters,
        test_a_trial_is_requested_and_answered,
    ]
    for part in work:
        await users["admin"].flushall()
        await part(users)
    refused = [(entry["username"], entry["object"]) for entry in await users["admin"].acl_log()]
    assert [entry for entry in refused if entry[1] != "client|setinfo"] == []
