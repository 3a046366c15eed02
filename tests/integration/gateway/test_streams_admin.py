"""Streams added, changed, tried and removed at run time, with a simulated streams service."""

from __future__ import annotations

import asyncio
import base64
import contextlib
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from apps.pipeline.registry import trials
from apps.pipeline.registry.control import StreamWanted, TrialAnswer, TrialAsked
from apps.pipeline.registry.wanted_streams import WantedStreams
from apps.runtime import cancellation
from tests.integration.gateway.conftest import JPEG, Running, Start, World, listed, until

WRITE = {"X-EI-Request": "1"}
CAMERA = {
    "name": "gate", "tasks": ["face", "car"], "source": "rtsp://ann:hunter2@10.0.0.9/live",
    "fps": 10.0,
}  # fmt: skip
VIDEO = b"\x00\x00\x00\x20ftypisom" + b"\x00" * 2000


async def ask(gateway: Running, method: str, path: str, body: Any = None) -> httpx.Response:
    return await gateway.http.request(method, f"/api/{path}", json=body, headers=WRITE)


async def wanted(world: World, name: str = "gate") -> StreamWanted:
    found = await WantedStreams(world.redis).get(name)
    assert found is not None
    return found


@contextlib.asynccontextmanager
async def streams_service(
    world: World, answer: Callable[[TrialAsked], TrialAnswer]
) -> AsyncIterator[list[TrialAsked]]:
    """Answers trials as a streams service does; yields the received questions."""
    questions: list[TrialAsked] = []

    async def serve() -> None:
        while True:
            cancellation.heed()
            asked = await trials.take(world.redis, now=world.clock.now(), seconds=0.2)
            if asked is not None:
                questions.append(asked)
                await trials.answer(world.redis, asked.id, answer(asked))

    task = asyncio.create_task(serve())
    yield questions
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def test_an_added_stream_is_asked_for(gateway: Running, world: World) -> None:
    answer = await ask(gateway, "POST", "streams", CAMERA)
    assert answer.status_code == 201
    shown = answer.json()["streams"]
    assert [(one["id"], one["state"], one["managed"]) for one in shown] == [
        ("gate:face", "connecting", True),
        ("gate:car", "connecting", True),
    ]
    asked = await wanted(world)
    assert (asked.source, asked.tasks, asked.fps) == (CAMERA["source"], ("face", "car"), 10.0)
    await until(lambda: listed(gateway, "gate:car"))


async def test_its_credentials_are_never_given_back(gateway: Running) -> None:
    seen = [(await ask(gateway, "POST", "streams", CAMERA)).text]
    await until(lambda: listed(gateway, "gate:face"))
    seen += [(await ask(gateway, "GET", path)).text for path in ("streams", "streams/gate:face")]
    seen.append((await ask(gateway, "PATCH", "streams/gate:face", {"fps": 5})).text)
    assert not any("hunter2" in text for text in seen)
    config = (await gateway.get("/api/streams/gate:face"))["config"]
    assert config == {**CAMERA, "source": "rtsp://ann@10.0.0.9/live", "fps": 5.0}


async def test_a_name_is_taken_once(gateway: Running) -> None:
    assert (await ask(gateway, "POST", "streams", CAMERA)).status_code == 201
    assert (await ask(gateway, "POST", "streams", CAMERA)).status_code == 409


async def test_an_edit_keeps_the_password_it_was_never_shown(
    gateway: Running, world: World
) -> None:
    await ask(gateway, "POST", "streams", CAMERA)
    before = await wanted(world)
    changed = {"source": "rtsp://ann@10.0.0.9/other", "tasks": ["face"], "fps": None}
    answer = await ask(gateway, "PATCH", "streams/gate:face", changed)
    assert answer.json()["config"]["source"] == "rtsp://ann@10.0.0.9/other"
    after = await wanted(world)
    assert after.source == "rtsp://ann:hunter2@10.0.0.9/other"
    assert (after.tasks, after.fps) == (("face",), None)
    assert after.revision > before.revision


async def test_a_password_does_not_follow_to_another_host(gateway: Running, world: World) -> None:
    await ask(gateway, "POST", "streams", CAMERA)
    await ask(gateway, "PATCH", "streams/gate:face", {"source": "rtsp://ann@10.0.0.66/live"})
    assert (await wanted(world)).source == "rtsp://ann@10.0.0.66/live"


async def test_fields_that_are_left_out_stay(gateway: Running, world: World) -> None:
    await ask(gateway, "POST", "streams", CAMERA)
    await ask(gateway, "PATCH", "streams/gate:car", {"paused": True})
    now = await wanted(world)
    assert now.paused
    assert (now.source, now.tasks, now.fps) == (CAMERA["source"], ("face", "car"), 10.0)


async def test_a_stream_is_renamed(gateway: Running, world: World) -> None:
    await ask(gateway, "POST", "streams", CAMERA)
    answer = await ask(gateway, "PATCH", "streams/gate:face", {"name": "front gate"})
    assert answer.json()["id"] == "front%20gate:face"
    assert (await wanted(world, "front gate")).source == CAMERA["source"]
    assert await WantedStreams(world.redis).get("gate") is None
    taken = await ask(gateway, "PATCH", "streams/front%20gate:face", {"name": "hall"})
    assert taken.status_code == 409


async def test_a_stream_of_the_runner_keeps_its_rights_until_its_source_changes(
    gateway: Running, world: World
) -> None:
    """The runner may open any file; the dashboard may not, but it may pause such a stream."""
    own = StreamWanted(
        name="clip", tasks=("face",), source="/videos/clip.mp4", allow=("0.0.0.0/0",)
    )
    await WantedStreams(world.redis).add(own)
    shown = {"source": "file:clip.mp4", "paused": True}
    assert (await ask(gateway, "PATCH", "streams/clip:face", shown)).status_code == 200
    kept = await wanted(world, "clip")
    assert (kept.source, kept.allow, kept.paused) == (own.source, own.allow, True)
    changed = await ask(gateway, "PATCH", "streams/clip:face", {"source": "synthetic:pattern"})
    assert changed.status_code == 200
    assert (await wanted(world, "clip")).allow == ()
    back = await ask(gateway, "PATCH", "streams/clip:face", {"source": "file:clip.mp4"})
    assert back.status_code == 422


async def test_a_removed_stream_is_asked_for_no_more(gateway: Running, world: World) -> None:
    await ask(gateway, "POST", "streams", CAMERA)
    await until(lambda: listed(gateway, "gate:face"))
    assert (await ask(gateway, "DELETE", "streams/gate:face")).status_code == 204
    assert await WantedStreams(world.redis).all() == []

    async def gone() -> bool:
        return not await listed(gateway, "gate:car")

    await until(gone)
    assert (await ask(gateway, "DELETE", "streams/gate:face")).status_code == 404


async def test_loopback_is_opened_where_it_is_allowed(start_gateway: Start, world: World) -> None:
    camera = {**CAMERA, "source": "http://127.0.0.1:9/video"}
    async with start_gateway(allow_addresses=("127.0.0.0/8",)) as gateway:
        assert (await ask(gateway, "POST", "streams", camera)).status_code == 201
    assert (await wanted(world)).allow == ("127.0.0.0/8",)


async def test_an_uploaded_video_becomes_a_stream_and_goes_with_it(
    start_gateway: Start, world: World, tmp_path: Path
) -> None:
    async with start_gateway(uploads_dir=str(tmp_path)) as gateway:
        answer = await gateway.http.post(
            "/api/uploads?name=my clip.mp4", content=VIDEO,
            headers={**WRITE, "Content-Type": "video/mp4"},
        )  # fmt: skip
        assert answer.status_code == 201
        source = answer.json()["source"]
        stream = {"name": "clip", "tasks": ["face"], "source": source, "fps": None}
        assert (await ask(gateway, "POST", "streams", stream)).status_code == 201
        path = (await wanted(world, "clip")).source
        assert path.startswith(str(tmp_path))
        assert count(tmp_path) == 1
        assert (await ask(gateway, "DELETE", "streams/clip:face")).status_code == 204
    assert count(tmp_path) == 0


async def nobody_serves(gateway: Running) -> bool:
    (task,) = (await gateway.get("/api/tasks"))["tasks"]
    return bool(task["workers"] == 0)


def count(folder: Path) -> int:
    return len(list(folder.iterdir()))


async def test_a_source_is_tried_before_it_is_added(gateway: Running, world: World) -> None:
    """The picture is shown although no worker can infer it."""
    world.workers.clear()
    await until(lambda: nobody_serves(gateway))

    def answer(asked: TrialAsked) -> TrialAnswer:
        assert asked.source == CAMERA["source"]
        return TrialAnswer(jpeg=JPEG, opened_ms=123.0, width=64, height=48)

    async with streams_service(world, answer):
        tried = await ask(gateway, "POST", "streams/try", {**CAMERA, "tasks": ["face"]})
    assert tried.status_code == 200
    trial = tried.json()
    assert base64.b64decode(trial["jpeg"]) == JPEG
    assert (trial["width"], trial["opened_ms"], trial["results"]) == (64, 123.0, [])
    assert "face" in trial["problems"]


async def test_the_error_of_a_source_does_not_contain_its_password(
    gateway: Running, world: World
) -> None:
    def answer(asked: TrialAsked) -> TrialAnswer:
        return TrialAnswer(error=f"{asked.source}: 401 Unauthorized")

    async with streams_service(world, answer):
        tried = await ask(gateway, "POST", "streams/try", {**CAMERA, "tasks": ["face"]})
    assert tried.status_code == 422
    assert "401 Unauthorized" in tried.text
    assert "hunter2" not in tried.text


async def test_a_trial_without_a_streams_service_is_refused(
    gateway: Running, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("apps.gateway.api.stream_routes._TRIAL_SECONDS", 0.3)
    tried = await ask(gateway, "POST", "streams/try", {**CAMERA, "tasks": ["face"]})
    assert tried.status_code == 503
    assert "Retry-After" in tried.headers
    assert world.redis


async def test_a_picture_without_a_worker_is_refused_at_the_deadline(
    start_gateway: Start, world: World
) -> None:
    world.add_stream("hall")
    await world.beat()
    async with start_gateway(infer_timeout=0.5) as gateway:
        await until(lambda: listed(gateway, "hall:face"))
        answer = await gateway.http.post("/api/infer/face", content=JPEG, headers=WRITE)
    assert answer.status_code == 503
    assert int(answer.headers["Retry-After"]) >= 1
    assert answer.json()["error"]
