"""REST through a real server: streams, tasks, ledger, scaling, docs."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from apps.pipeline.live_queue.frame_queue import FrameQueue
from apps.pipeline.messages import AGE_BUCKETS_MS, Frame, SourceState, StreamLoad, wire
from apps.runtime import cancellation
from apps.runtime.settings import QueueSettings
from tests.integration.gateway.conftest import JPEG, Running, Start, World, until


async def stream(gateway: Running, identity: str = "hall:face") -> Any:
    streams = (await gateway.get("/api/streams"))["streams"]
    return next((shown for shown in streams if shown["id"] == identity), None)


async def test_a_stream_is_listed_with_its_state_and_measurements(
    gateway: Running, world: World
) -> None:
    world.streams["hall:face"] = world.make("hall", source="rtsp://u:secret@10.0.0.5/live")
    ages = (0,) * 2 + (10,) + (0,) * (len(AGE_BUCKETS_MS) - 2)
    load = StreamLoad(inferred_fps=12.5, ages=ages, width=64, height=48)
    world.add_worker(streams={"hall:face": load})

    async def measured() -> bool:
        shown = await stream(gateway)
        return bool(shown["inferred_fps"])

    await until(measured)
    shown = await stream(gateway)
    assert (shown["state"], shown["fps"], shown["inferred_fps"]) == ("live", 15.0, 12.5)
    assert (shown["model"], shown["precision"], shown["device"]) == ("stub", "INT8", "CPU")
    assert shown["source"] == "rtsp://10.0.0.5/live"
    assert shown["age_p50_ms"] == pytest.approx(12.5)
    assert (await gateway.get("/api/streams/hall:face"))["at_source"]["captured"] == 0


async def test_ids_are_matched_as_they_were_sent(gateway: Running, world: World) -> None:
    identity = world.add_stream("a/b:c d%2F")
    assert identity == "a%2Fb%3Ac%20d%252F:face"
    await until(lambda: stream(gateway, identity))
    assert (await gateway.get(f"/api/streams/{identity}"))["name"] == "a/b:c d%2F"
    for other in ("a/b:c d%2F:face", "a%2Fb:c%20d%252F:face", "a%2Fb%3Ac%20d%252F%3Aface"):
        assert (await gateway.http.get(f"/api/streams/{other}")).status_code == 404


async def test_a_stream_that_stops_is_offline_within_five_seconds(
    gateway: Running, world: World
) -> None:
    del world.streams["hall:face"]

    async def offline() -> bool:
        return bool((await stream(gateway))["state"] == "offline")

    await until(offline, seconds=5)


async def test_a_source_that_is_offline_says_why(gateway: Running, world: World) -> None:
    world.streams["hall:face"] = world.make(
        "hall", state=SourceState.OFFLINE, error="the camera does not answer"
    )

    async def offline() -> bool:
        return bool((await stream(gateway))["error"] == "the camera does not answer")

    await until(offline)


async def test_frames_of_a_foreign_producer_are_a_stream(gateway: Running, world: World) -> None:
    message = wire.encode({"name": "old", "category": "face", "data": JPEG})

    async def push() -> None:
        while True:
            cancellation.heed()
            await world.redis.rpush("queue_face", message)
            await asyncio.sleep(0.2)

    pushing = asyncio.create_task(push())
    try:
        await until(lambda: stream(gateway, "old:face"))
    finally:
        pushing.cancel()
    assert (await stream(gateway, "old:face"))["kind"] == "foreign"


async def test_a_flood_is_bounded_although_no_worker_lives(gateway: Running, world: World) -> None:
    """This holds for the queue of a task without registered streams and workers, too."""
    world.workers.clear()
    for task in ("face", "weasel"):
        message = wire.encode({"name": "old", "category": task, "data": JPEG})
        await world.redis.rpush(f"queue_{task}", *[message] * 500)

    async def bounded() -> bool:
        return all([await world.redis.llen(f"queue_{task}") <= 32 for task in ("face", "weasel")])

    async def listed_with_its_depth() -> bool:
        tasks = (await gateway.get("/api/tasks"))["tasks"]
        return {task["task"]: task["queue_depth"] for task in tasks} == {"face": 32, "weasel": 32}

    await until(bounded)
    await until(listed_with_its_depth)


async def test_the_ledger_balances(gateway: Running, world: World) -> None:
    queue = FrameQueue(world.redis, "face")
    for sequence in range(50):
        frame = Frame(name="hall", category="face", data=JPEG, sequence=sequence, epoch=9)
        await queue.push(frame)

    async def booked() -> bool:
        (books,) = (await gateway.get("/api/ledger"))["tasks"]
        return bool(books["pushed"] == 50)

    await until(booked)
    (books,) = (await gateway.get("/api/ledger"))["tasks"]
    assert (books["queued"], books["dropped"], books["error"]) == (32, {"overflow": 18}, 0)
    detail = await gateway.get("/api/streams/hall:face")
    assert detail["ledger"]["dropped"] == {"overflow": 18}
    assert detail["drops"] == {"overflow": 18}


async def test_scaling_has_points_and_workers(gateway: Running, world: World) -> None:
    async def two_points() -> bool:
        (series,) = (await gateway.get("/api/scaling"))["tasks"]
        return len(series["times"]) >= 2

    await until(two_points)
    (series,) = (await gateway.get("/api/scaling"))["tasks"]
    assert series["workers"][-1] == 1
    assert series["workers_now"][0]["utilisation"] == 0.5
    later = await gateway.get(f"/api/scaling?since={series['times'][-1]}")
    assert later["tasks"][0]["times"] == []
    assert len(world.workers) == 1


async def test_an_unresponsive_redis_is_reported_and_survived(
    gateway: Running, world: World
) -> None:
    await world.redis.client_pause(7000)

    async def told() -> bool:
        shown = await stream(gateway)
        return bool(shown["state"] == "offline" and "Redis" in shown["error"])

    await until(told, seconds=7)
    assert "Redis" in (await gateway.get("/api/streams"))["problem"]
    known = (await gateway.get("/api/tasks"))["tasks"]
    assert [(task["task"], task["workers"]) for task in known] == [("face", 0)]
    assert [task["task"] for task in (await gateway.get("/api/scaling"))["tasks"]] == ["face"]

    async def healed() -> bool:
        return "Redis" not in (await stream(gateway))["error"]

    await until(healed, seconds=15)
    assert (await gateway.get("/api/streams"))["problem"] == ""


async def test_a_gateway_that_never_found_redis_says_so_instead_of_showing_no_streams(
    start_gateway: Start, short_folder: Path
) -> None:
    missing = QueueSettings(queue_socket=str(short_folder / "missing"))
    async with start_gateway(queue=missing) as alone:

        async def told() -> bool:
            return "Redis" in (await alone.get("/api/streams"))["problem"]

        await until(told, seconds=15)


async def test_every_answer_has_the_headers_that_protect_a_page(gateway: Running) -> None:
    for path in ("/", "/api/streams", "/api/nothing", "/nothing"):
        answer = await gateway.http.get(path)
        policy = answer.headers["content-security-policy"]
        assert "script-src 'self'" in policy
        assert "unsafe" not in policy
        assert "frame-ancestors 'none'" in policy
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["referrer-policy"] == "no-referrer"
    assert (await gateway.http.get("/api/streams")).headers["cache-control"] == "no-store"


async def test_answers_do_not_wait_for_a_hundred_waiting_pictures(gateway: Running) -> None:
    waiting = [
        asyncio.create_task(
            gateway.http.post("/api/infer/face", content=JPEG, headers={"X-EI-Request": "1"})
        )
        for _ in range(100)
    ]
    await asyncio.sleep(0.3)
    for _ in range(10):
        await gateway.get("/api/streams")
    answered_before_them = not any(task.done() for task in waiting)
    for task in waiting:
        task.cancel()
    await asyncio.gather(*waiting, return_exceptions=True)
    assert answered_before_them


async def test_the_api_is_described_on_a_page_that_needs_nothing_from_elsewhere(
    gateway: Running,
) -> None:
    page = await gateway.http.get("/api/docs")
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    document = await gateway.get("/api/openapi.json")
    for path in document["paths"]:
        assert path in page.text
    for name in document["components"]["schemas"]:
        assert f'id="{name}"' in page.text
    assert "<script" not in page.text
    assert "<style" not in page.text
    assert 'href="http' not in page.text
    assert (await gateway.http.get("/api/docs.css")).headers["content-type"].startswith("text/css")
