"""`/healthz`, `/readyz` and `/metrics`."""

from __future__ import annotations

import httpx
import pytest

from apps.runtime.health import Health, admin_app
from apps.runtime.metrics import Metrics


@pytest.fixture
def metrics() -> Metrics:
    return Metrics()


@pytest.fixture
def health(metrics: Metrics) -> Health:
    return Health("streams", metrics)


@pytest.fixture
def client(health: Health, metrics: Metrics) -> httpx.AsyncClient:
    transport = httpx.ASGITransport(app=admin_app(health, metrics))
    return httpx.AsyncClient(transport=transport, base_url="http://pod")


def test_a_starting_process_is_not_ready(health: Health) -> None:
    assert not health.ready
    assert health.reasons == {"start": "starting"}


def test_a_process_is_ready_when_every_condition_holds(health: Health) -> None:
    health.unmet("redis", "Redis: gone")
    health.met("start")
    assert health.reasons == {"redis": "Redis: gone"}
    health.met("redis")
    assert health.reasons == {}
    assert health.ready


def test_a_condition_that_already_holds_changes_nothing(health: Health) -> None:
    health.met("start")
    health.met("start")
    assert health.ready


def test_a_condition_can_fail_again_for_another_reason(health: Health) -> None:
    health.met("start")
    health.unmet("redis", "refused")
    health.unmet("redis", "timed out")
    assert health.reasons == {"redis": "timed out"}


def test_readiness_is_exported_as_a_metric(health: Health, metrics: Metrics) -> None:
    def shown() -> float | None:
        return metrics.registry.get_sample_value("ei_ready", {"service": "streams"})

    assert shown() == 0
    health.met("start")
    assert shown() == 1


async def test_healthz_answers_while_the_event_loop_runs(client: httpx.AsyncClient) -> None:
    answer = await client.get("/healthz")
    assert (answer.status_code, answer.text) == (200, "ok\n")


async def test_readyz_shows_unmet_conditions(client: httpx.AsyncClient, health: Health) -> None:
    answer = await client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json() == {"ready": False, "waiting_for": {"start": "starting"}}
    health.met("start")
    answer = await client.get("/readyz")
    assert (answer.status_code, answer.json()) == (200, {"ready": True, "waiting_for": {}})


async def test_metrics_are_served_in_the_format_of_prometheus(client: httpx.AsyncClient) -> None:
    answer = await client.get("/metrics")
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    assert 'ei_ready{service="streams"} 0.0' in answer.text


async def test_responses_are_not_cached(client: httpx.AsyncClient) -> None:
    assert (await client.get("/readyz")).headers["cache-control"] == "no-store"


async def test_other_paths_are_not_found(client: httpx.AsyncClient) -> None:
    answer = await client.get("/")
    assert answer.status_code == 404
    assert "/healthz" in answer.text
