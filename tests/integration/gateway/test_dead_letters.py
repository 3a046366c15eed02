"""Dead letters through a real gateway: listed, looked at, retried and discarded by admins."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from apps.gateway.passwords import make_hash
from apps.pipeline.job_queue.job_client import JobClient
from apps.pipeline.job_queue.job_consumer import JobConsumer
from apps.pipeline.job_queue.settings import JobSettings
from apps.pipeline.messages import wire
from apps.pipeline.messages.job import Job
from apps.runtime import cancellation
from apps.runtime.errors import JobError
from tests.integration.gateway.conftest import JPEG, Running, Start, World, listed, result, until

LETTERS = "/api/tasks/face/dead-letters"
WRITE = {"X-EI-Request": "1"}
ONE_ATTEMPT = JobSettings(job_attempts=1)


async def give_up(world: World, count: int = 1) -> None:
    """Jobs that a worker gives up."""
    client = JobClient(world.redis, ONE_ATTEMPT)
    consumer = JobConsumer(world.redis, "face", ONE_ATTEMPT)
    for number in range(count):
        submitted = asyncio.create_task(client.submit("face", JPEG, 20))
        while not (jobs := await consumer.take(1)):
            await consumer.wait(0.01)
        consumer.retry(jobs[0], f"failure {number}")
        await consumer.take(0)
        with pytest.raises(JobError):
            await submitted
    await consumer.leave()
    await client.close()


@pytest.fixture
async def working(world: World) -> AsyncIterator[None]:
    """A worker that answers every job."""
    consumer = JobConsumer(world.redis, "face")

    async def work() -> None:
        while True:
            cancellation.heed()
            await consumer.wait(0.05)
            for job in await consumer.take(1):
                consumer.done(job, result("hall:face", 1))
            await consumer.take(0)

    task = asyncio.create_task(work())
    yield
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def letters(gateway: Running, query: str = "") -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (await gateway.get(LETTERS + query))["letters"]
    return found


async def test_dead_letters_are_listed_in_pages_newest_first(
    gateway: Running, world: World
) -> None:
    await give_up(world, 3)
    first = await gateway.get(f"{LETTERS}?limit=2")
    assert [letter["reason"] for letter in first["letters"]] == ["failure 2", "failure 1"]
    assert first["letters"][0]["attempts"] == 1
    assert first["letters"][0]["bytes"] > len(JPEG)
    second = await gateway.get(f"{LETTERS}?limit=2&before={first['next']}")
    assert [letter["reason"] for letter in second["letters"]] == ["failure 0"]
    assert second["next"] is None


async def test_the_picture_of_a_dead_letter_is_shown_on_request(
    gateway: Running, world: World
) -> None:
    await give_up(world)
    (letter,) = await letters(gateway)
    picture = await gateway.http.get(f"{LETTERS}/{letter['id']}/picture")
    assert (picture.content, picture.headers["content-type"]) == (JPEG, "image/jpeg")


@pytest.mark.usefixtures("working")
async def test_a_retry_that_succeeds_answers_the_result_and_discards_the_letter(
    gateway: Running, world: World
) -> None:
    await world.redis.xadd("{jobs_face}:dead", letter_fields())
    (letter,) = await letters(gateway)
    answer = await gateway.http.post(f"{LETTERS}/{letter['id']}/retry", headers=WRITE)
    assert answer.status_code == 200
    assert answer.json()["detections"][0]["label"] == "face"
    assert await letters(gateway) == []


def letter_fields() -> dict[Any, Any]:
    """A dead letter as `job_end.lua` writes it."""
    job = Job(id="a" * 32, task="face", data=JPEG, submitted_at=1, deadline_at=2, reply_to="c")
    return {"id": job.id, "reason": "failure", "attempts": 3, "job": wire.encode(job)}


async def test_a_discarded_letter_is_gone(gateway: Running, world: World) -> None:
    await give_up(world)
    (letter,) = await letters(gateway)
    path = f"{LETTERS}/{letter['id']}"
    assert (await gateway.http.delete(path, headers=WRITE)).status_code == 204
    assert (await gateway.http.delete(path, headers=WRITE)).status_code == 404
    assert await letters(gateway) == []


async def test_dead_letters_are_a_metric(gateway: Running, world: World) -> None:
    await give_up(world, 2)
    gauge = gateway.service.metrics.gauge("ei_job_dead_letters", "face")

    async def counted() -> bool:
        return bool(gauge._value.get() == 2)

    await until(counted)


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", f"{LETTERS}?limit=0", 400),
        ("GET", f"{LETTERS}?limit=101", 400),
        ("GET", f"{LETTERS}?limit=x", 400),
        ("GET", f"{LETTERS}?before=x", 400),
        ("GET", "/api/tasks/weasel/dead-letters", 404),
        ("GET", f"{LETTERS}/1-0/picture", 404),
        ("GET", f"{LETTERS}/-/picture", 404),
        ("POST", f"{LETTERS}/1-0/retry", 404),
        ("DELETE", f"{LETTERS}/1-0", 404),
        ("DELETE", f"{LETTERS}/%2B", 404),
    ],
)
async def test_malformed_and_unknown_letters_are_refused(
    gateway: Running, method: str, path: str, status: int
) -> None:
    answer = await gateway.http.request(method, path, headers=WRITE)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["detail"] == answer.json()["error"]


async def test_viewers_may_not_see_dead_letters(
    world: World, start_gateway: Start, tmp_path: Path
) -> None:
    world.add_stream("hall")
    world.add_worker()
    await world.beat()
    users = tmp_path / "users.yaml"
    hashed = make_hash("correct horse")
    users.write_text(f"users: [{{name: ann, role: viewer, password: '{hashed}'}}]")
    async with start_gateway(users_file=str(users)) as running:
        session = {"user": "ann", "password": "correct horse"}
        await running.http.post("/api/session", json=session, headers=WRITE)
        await until(lambda: listed(running, "hall:face"))
        assert (await running.http.get(LETTERS)).status_code == 403
        for method, path in (("GET", "1-0/picture"), ("POST", "1-0/retry"), ("DELETE", "1-0")):
            answer = await running.http.request(method, f"{LETTERS}/{path}", headers=WRITE)
            assert answer.status_code == 403
