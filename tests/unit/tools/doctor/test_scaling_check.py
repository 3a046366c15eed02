"""Findings about Prometheus, adapter and HPA."""

from __future__ import annotations

from typing import Any

import pytest

from tools.doctor.finding import LinkState
from tools.doctor.scaling_check import (
    AdapterFacts,
    HpaFacts,
    PrometheusFacts,
    check_adapter,
    check_hpa,
    check_prometheus,
)

URL = "http://127.0.0.1:9090"
GOOD = {"scraped": 2, "settled": 2.0, "signal": 1.25, "rule": True}


def test_a_signal_is_shown_in_workers() -> None:
    (finding,) = check_prometheus("face", PrometheusFacts(URL, **GOOD), 2)  # type: ignore[arg-type]  # mixed values
    assert finding.state is LinkState.OK
    assert "1.25 fully busy workers" in finding.text


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"error": "connection refused"}, "does not answer"),
        ({"scraped": 0}, "no ei_offered_work_seconds_total"),
        ({"rule": False}, "rule is not loaded"),
        ({"settled": None}, "no ei_workers_settled"),
        ({"scraped": 1}, "only 1 of 2 workers are scraped"),
        ({"signal": None}, "ei_offered_work has no value"),
    ],
)
def test_each_reason_for_a_missing_signal_is_named(changes: dict[str, Any], words: str) -> None:
    (finding,) = check_prometheus("face", PrometheusFacts(URL, **{**GOOD, **changes}), 2)
    assert finding.state is LinkState.BROKEN
    assert words in finding.text
    assert finding.advice


@pytest.mark.parametrize(
    ("facts", "state", "words"),
    [
        (AdapterFacts("ei_offered_work", values=("800m",)), LinkState.OK, "800m"),
        (AdapterFacts("ei_offered_work"), LinkState.BROKEN, "without a value"),
        (
            AdapterFacts("ei_offered_work", error="the server could not find the resource"),
            LinkState.BROKEN,
            "could not find the resource",
        ),
    ],
)
def test_the_external_metrics_api_is_judged_by_its_answer(
    facts: AdapterFacts, state: LinkState, words: str
) -> None:
    (finding,) = check_adapter("face", facts)
    assert finding.state is state
    assert words in finding.text


def hpa(desired: int = 2, **condition: str) -> HpaFacts:
    active = {"type": "ScalingActive", "status": "True"}
    return HpaFacts("ei-infer-face-app", 2, desired, 30, ({**active, **condition},))


def test_an_active_autoscaler_is_ok() -> None:
    (finding,) = check_hpa("face", hpa())
    assert finding.state is LinkState.OK


def test_a_task_without_autoscaler_is_broken() -> None:
    (finding,) = check_hpa("face", None)
    assert (finding.state, "gen-k8s-yaml.sh" in finding.advice) == (LinkState.BROKEN, True)


def test_an_inactive_autoscaler_quotes_kubernetes() -> None:
    failed = hpa(status="False", reason="FailedGetExternalMetric", message="no metrics returned.")
    (finding,) = check_hpa("face", failed)
    assert finding.state is LinkState.BROKEN
    assert finding.text.endswith("FailedGetExternalMetric: no metrics returned.")


def test_an_autoscaler_at_its_limit_is_a_warning() -> None:
    states = [finding.state for finding in check_hpa("face", hpa(desired=30))]
    assert states == [LinkState.OK, LinkState.WARNING]


def test_an_autoscaler_without_status_is_not_judged() -> None:
    (finding,) = check_hpa("face", HpaFacts("ei-infer-face-app", 0, 0, 30))
    assert finding.state is LinkState.UNCHECKED
