"""Alerts fire exactly when they should, have a runbook, and use metrics that exist."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from tools.manifests.monitoring import rule_files
from tools.manifests.rendering import KUBERNETES

ROOT = Path(__file__).resolve().parents[2]
RULES = {
    rule["alert"]: rule
    for group in yaml.safe_load(rule_files()["alerts.yaml"])["groups"]
    for rule in group["rules"]
}
TASK = 'namespace="ei", task="face"'

needs_promtool = pytest.mark.skipif(
    shutil.which("promtool") is None, reason="no promtool on this machine"
)


def promtool(*arguments: str) -> str:
    """The errors that promtool reports; empty if there are none."""
    done = subprocess.run(["promtool", *arguments], capture_output=True, text=True, check=False)
    return "" if done.returncode == 0 else done.stdout + done.stderr


def unmet(folder: Path, test: dict[str, Any]) -> str:
    """The errors that a test of the shipped rules reports."""
    for name, text in rule_files().items():
        (folder / name).write_text(text)
    content = {
        "rule_files": [str(folder / name) for name in rule_files()],
        "evaluation_interval": "5s",
        "tests": [{"interval": "5s", **test}],
    }
    path = folder / "test.yaml"
    path.write_text(yaml.safe_dump(content))
    return promtool("test", "rules", str(path))


@needs_promtool
@pytest.mark.parametrize("name", rule_files())
def test_prometheus_accepts_the_rules(name: str, tmp_path: Path) -> None:
    (tmp_path / name).write_text(rule_files()[name])
    assert promtool("check", "rules", str(tmp_path / name)) == ""


@needs_promtool
def test_prometheus_accepts_the_configuration(tmp_path: Path) -> None:
    """Without the discovery of pods, which distributions exclude from their builds."""
    path = KUBERNETES / "monitoring" / "prometheus" / "prometheus.yaml"
    config = yaml.safe_load(path.read_text(encoding="utf-8"))
    assert config["scrape_configs"][0].pop("kubernetes_sd_configs") == [{"role": "pod"}]
    (tmp_path / "prometheus.yaml").write_text(yaml.safe_dump(config))
    assert promtool("check", "config", "--syntax-only", str(tmp_path / "prometheus.yaml")) == ""


@pytest.mark.parametrize("name", RULES)
def test_every_alert_has_a_runbook(name: str) -> None:
    text = (ROOT / "docs" / "runbooks" / f"{name}.md").read_text(encoding="utf-8")
    assert [line for line in text.splitlines() if line.startswith("## ")] == [
        "## What it means", "## What to look at", "## What to do",
    ]  # fmt: skip
    assert f"](runbooks/{name}.md)" in (ROOT / "docs" / "operations.md").read_text("utf-8")
    assert RULES[name]["annotations"]["runbook"] == f"docs/runbooks/{name}.md"


def test_every_runbook_belongs_to_an_alert() -> None:
    assert {path.stem for path in (ROOT / "docs" / "runbooks").glob("*.md")} == set(RULES)


def series(name: str, labels: str, values: str) -> dict[str, str]:
    return {"series": f"{name}{{{labels}}}", "values": values}


WORKERS = f'{TASK}, state="ready"'
#: Series that make each alert fire within 12 minutes, and series that do not.
CASES: dict[str, tuple[list[dict[str, str]], list[dict[str, str]]]] = {
    "FramesDropped": (
        [series("ei_frames_claimed_total", TASK, "0+30x160"),
         series("ei_frames_total", f'{TASK}, outcome="inferred"', "0+100x160")],
        [series("ei_frames_claimed_total", TASK, "0+5x160"),
         series("ei_frames_total", f'{TASK}, outcome="inferred"', "0+100x160")],
    ),
    "StreamOffline": (
        [series("ei_source_up", f'{TASK}, stream="a:face"', "1x10 0x150")],
        [series("ei_source_up", f'{TASK}, stream="a:face"', "1x160")],
    ),
    "StreamStale": (
        [series("ei_ledger_frames", f'{TASK}, stream="a", state="pushed"', "0+50x160"),
         series("ei_ledger_frames", f'{TASK}, stream="a", state="inferred"', "7x160")],
        [series("ei_ledger_frames", f'{TASK}, stream="a", state="pushed"', "0+50x160"),
         series("ei_ledger_frames", f'{TASK}, stream="a", state="inferred"', "0+1x160")],
    ),
    "NoWorkers": (
        [series("ei_queue_depth", TASK, "3x160"), series("ei_jobs_waiting", TASK, "0x160"),
         series("ei_workers", WORKERS, "0x160")],
        [series("ei_queue_depth", TASK, "3x160"), series("ei_jobs_waiting", TASK, "0x160"),
         series("ei_workers", WORKERS, "1x160")],
    ),
    "LedgerError": (
        [series("ei_ledger_error", TASK, "-1x160")], [series("ei_ledger_error", TASK, "0x160")],
    ),
    "DeadLetters": (
        [series("ei_job_dead_letters", TASK, "2x160")],
        [series("ei_job_dead_letters", TASK, "0x160")],
    ),
    "RedisMemory": (
        [series("ei_redis_memory_bytes", 'namespace="ei"', "900x160"),
         series("ei_redis_memory_limit_bytes", 'namespace="ei"', "1000x160")],
        [series("ei_redis_memory_bytes", 'namespace="ei"', "900x160"),
         series("ei_redis_memory_limit_bytes", 'namespace="ei"', "0x160")],
    ),
    "RedisUnreachable": (
        [series("ei_redis_up", 'namespace="ei", service="gateway"', "0x160")],
        [series("ei_redis_up", 'namespace="ei", service="gateway"', "1x160")],
    ),
    "NotReady": (
        [series("ei_ready", 'namespace="ei", job="ei-a", instance="i"', "0x160")],
        [series("ei_ready", 'namespace="ei", job="ei-a", instance="i"', "1x160")],
    ),
    "MetricsMissing": (
        [series("up", 'namespace="ei", job="ei-infer-face-app", instance="i"', "0x160")],
        [series("up", 'namespace="ei", job="kubelet", instance="i"', "0x160")],
    ),
    "SignalMissing": (
        [series("ei_workers", WORKERS, "2x160"), series("ei_workers_settled", TASK, "2x160"),
         series("ei_offered_work_seconds_total", f'{TASK}, pod="a"', "0+1x160")],
        [series("ei_workers", WORKERS, "1x160"), series("ei_workers_settled", TASK, "1x160"),
         series("ei_offered_work_seconds_total", f'{TASK}, pod="a"', "0+1x160")],
    ),
    "UnexpectedErrors": (
        [series("ei_service_errors_total", 'namespace="ei", service="gateway"', "0x60 1x100")],
        [series("ei_service_errors_total", 'namespace="ei", service="gateway"', "1x160")],
    ),
}  # fmt: skip


def test_every_alert_has_a_case() -> None:
    assert CASES.keys() == RULES.keys()


@needs_promtool
@pytest.mark.parametrize("name", CASES)
def test_an_alert_fires_when_it_should_and_only_then(name: str, tmp_path: Path) -> None:
    bad, good = CASES[name]
    for given, wanted in ((bad, 1), (good, 0)):
        samples = [{"labels": "{}", "value": wanted}] if wanted else []
        test = {
            "input_series": given,
            "promql_expr_test": [
                {
                    "expr": f'count(ALERTS{{alertname="{name}", alertstate="firing"}})',
                    "eval_time": "11m",
                    "exp_samples": samples,
                }
            ],
        }
        assert unmet(tmp_path, test) == ""


def from_zero(value: float | None, **given: str) -> dict[str, Any]:
    """The signal of the scale-to-zero profile after five minutes of these series."""
    names = {
        "depth": ("ei_queue_depth", TASK), "jobs": ("ei_jobs_waiting", TASK),
        "workers": ("ei_workers", WORKERS), "settled": ("ei_workers_settled", TASK),
        "work": ("ei_offered_work_seconds_total", f'{TASK}, pod="a"'),
    }  # fmt: skip
    name = f"ei_offered_work_or_waiting{{{TASK}}}"
    samples = [] if value is None else [{"labels": name, "value": value}]
    return {
        "input_series": [series(*names[key], values) for key, values in given.items()],
        "promql_expr_test": [
            {"expr": "ei_offered_work_or_waiting", "eval_time": "5m", "exp_samples": samples}
        ],
    }


@needs_promtool
@pytest.mark.parametrize(
    "test",
    [
        pytest.param(from_zero(0, depth="0x90", jobs="0x90", workers="0x90", settled="0x90"),
                     id="no worker, nothing waits: not active"),
        pytest.param(from_zero(0.001, depth="4x90", jobs="0x90", workers="0x90", settled="0x90"),
                     id="no worker, frames wait: active"),
        pytest.param(from_zero(0.001, depth="0x90", jobs="1x90", workers="0x90", settled="0x90"),
                     id="no worker, a job waits: active"),
        pytest.param(from_zero(0.8, depth="0x90", jobs="0x90", workers="1x90", settled="0x90"),
                     id="a worker that is not scraped yet: held"),
        pytest.param(from_zero(0.5, depth="0x90", jobs="0x90", workers="1x90", settled="1x90",
                               work="0+2.5x90"),
                     id="a busy worker with an empty queue stays up"),
        pytest.param(from_zero(0, depth="0x90", jobs="0x90", workers="1x90", settled="1x90",
                               work="5x90"),
                     id="an idle worker may be removed"),
        pytest.param(from_zero(None, work="0+2.5x90"), id="no gateway: no value, hold"),
    ],
)  # fmt: skip
def test_the_signal_from_zero(test: dict[str, Any], tmp_path: Path) -> None:
    assert unmet(tmp_path, test) == ""
