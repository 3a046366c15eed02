"""What the doctor reads with kubectl."""

from __future__ import annotations

import json
import shlex
from pathlib import Path
from typing import Any

import pytest

from tools.doctor import cluster_reader
from tools.doctor.cluster_reader import ClusterError, adapter_facts, autoscaler_of, hpa_facts
from tools.manifests.documents import read_documents
from tools.manifests.rendering import KUBERNETES


@pytest.fixture
def item() -> dict[str, Any]:
    """The shipped autoscaler, of the task people."""
    (document,) = read_documents(KUBERNETES / "scaling" / "hpa.yaml")
    return dict(document)


@pytest.fixture
def kubectl(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Installs a kubectl with a given answer."""
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")

    def install(answer: str, code: int = 0) -> Path:
        program = tmp_path / "kubectl"
        stream = "" if code == 0 else " >&2"
        program.write_text(
            f'#!/bin/sh\necho "$@" >{tmp_path}/asked\nprintf %s {shlex.quote(answer)}{stream}\n'
            f"exit {code}\n"
        )
        program.chmod(0o755)
        return tmp_path / "asked"

    return install


def test_the_autoscaler_of_a_task_is_found(item: dict[str, Any]) -> None:
    assert autoscaler_of("people", [item]) is item
    assert autoscaler_of("face", [item]) is None


def test_status_and_limit_are_read(item: dict[str, Any]) -> None:
    item["status"] = {"currentReplicas": 2, "desiredReplicas": 3}
    facts = hpa_facts(item)
    assert (facts.current, facts.desired, facts.limit) == (2, 3, 30)


def test_the_adapter_is_asked_for_the_metric_of_the_autoscaler(
    item: dict[str, Any], kubectl: Any
) -> None:
    asked = kubectl(json.dumps({"items": [{"value": "800m"}]}))
    facts = adapter_facts(item, "ei")
    assert facts is not None
    assert facts.values == ("800m",)
    assert "/namespaces/ei/ei_offered_work?labelSelector=task%3Dpeople" in asked.read_text()


def test_an_error_of_the_adapter_is_quoted(item: dict[str, Any], kubectl: Any) -> None:
    kubectl("Error from server (NotFound): the server could not find the requested resource", 1)
    facts = adapter_facts(item, "ei")
    assert facts is not None
    assert "could not find the requested resource" in facts.error


def test_a_missing_kubectl_is_an_error_of_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ClusterError, match="not installed"):
        cluster_reader.autoscalers("ei")
