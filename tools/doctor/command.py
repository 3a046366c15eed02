"""Walks the chain from the source to the autoscaler and names the first broken link.

It reads Redis, the gateway, Prometheus and, where kubectl is installed, the cluster. It changes
nothing. Exit codes: 0 no broken link, 1 a broken link, 2 a wrong option.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Iterator, Sequence

from apps.pipeline.messages.stream_id import check_task
from apps.runtime.connection import UNREACHABLE
from apps.runtime.errors import ElasticError
from tools.doctor.cluster_reader import (
    ClusterError,
    adapter_facts,
    autoscaler_of,
    autoscalers,
    hpa_facts,
)
from tools.doctor.finding import ChainLink, LinkFinding, broken, fine, first_broken, unchecked
from tools.doctor.http_reader import checked_address, read_gateway, read_prometheus
from tools.doctor.pipeline_check import TaskFacts, check_pipeline
from tools.doctor.redis_check import check_redis
from tools.doctor.redis_reader import read_redis, read_tasks, reason_of
from tools.doctor.scaling_check import check_adapter, check_hpa, check_prometheus
from tools.ei.queue_options import add_queue_options, queue_settings

__all__ = ["main"]

_GATEWAY = "http://127.0.0.1:8080"
_PROMETHEUS = "http://127.0.0.1:9090"
_NAMESPACE = "elastic-inference"


def main(argv: Sequence[str] | None = None, *, prog: str = "ei doctor") -> int:
    """Check all links and print the findings; returns the exit code."""
    asked = _parser(prog).parse_args(argv)
    try:
        findings = _examine(asked)
    except ElasticError as error:
        print(f"{prog}: {error}", file=sys.stderr)
        return 2
    for finding in findings:
        print(f"{finding.state:8} {finding.link:11} {finding.text}")
        if finding.advice:
            print(f"{'':20} -> {finding.advice}")
    first = first_broken(findings)
    print(f"\nFirst broken link: {first.link}." if first else "\nNo broken link was found.")
    return 1 if first else 0


def _parser(prog: str) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog=prog, description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("--task", action="append", default=[], metavar="T",
        help="check only this task; repeat for more (all)")  # fmt: skip
    add("--seconds", type=float, default=5.0, metavar="S",
        help="how long frames and results are counted (5)")  # fmt: skip
    add("--gateway", metavar="URL", help=f"the gateway ({_GATEWAY}, if it answers)")
    add("--prometheus", metavar="URL", help=f"Prometheus ({_PROMETHEUS}, if it answers)")
    add("-n", "--namespace", metavar="NAME", help=f"namespace in the cluster ({_NAMESPACE})")
    add_queue_options(parser)
    return parser


def _examine(asked: argparse.Namespace) -> list[LinkFinding]:
    for task in asked.task:
        check_task(task)
    gateway, prometheus = _address(asked.gateway), _address(asked.prometheus)
    settings = queue_settings(asked)
    redis = asyncio.run(read_redis(settings))
    findings = check_redis(redis)
    tasks: list[TaskFacts] = []
    local: frozenset[str] = frozenset()
    if not redis.error:
        try:
            tasks, local = asyncio.run(read_tasks(settings, asked.task, asked.seconds))
        except UNREACHABLE as error:
            findings.append(
                broken(
                    ChainLink.REDIS,
                    f"Redis stopped answering: {reason_of(error)}.",
                    "Read the log of Redis.",
                )
            )
    if not tasks and not redis.error:
        findings.append(_nothing())
    for facts in tasks:
        findings += check_pipeline(facts)
    findings += _gateway(gateway)
    for facts in tasks:
        findings += _prometheus(facts, prometheus, asked.namespace or "")
    findings += _cluster(tasks, local, asked.namespace)
    return sorted(findings, key=lambda finding: list(ChainLink).index(finding.link))


def _address(text: str | None) -> str:
    return checked_address(text) if text else ""


def _nothing() -> LinkFinding:
    return broken(
        ChainLink.SOURCE,
        "No stream, no worker and no frame is known to this Redis.",
        "Start a source (tools/run-fss.sh, tools/run-css.sh, or the dashboard), or check that this "
        "is the Redis that the services use.",
    )


def _gateway(address: str) -> Iterator[LinkFinding]:
    facts = read_gateway(address or _GATEWAY)
    if facts.error and not address:
        yield unchecked(
            ChainLink.GATEWAY,
            f"Nothing answers at {_GATEWAY}.",
            "Name the gateway with --gateway URL.",
        )
    elif facts.error:
        yield broken(
            ChainLink.GATEWAY,
            f"The gateway at {facts.address} does not answer: {facts.error}.",
            "Start it (tools/run-gws.sh), or read its log.",
        )
    elif facts.problem:
        yield broken(
            ChainLink.GATEWAY,
            f"The gateway at {facts.address} reports: {facts.problem}",
            "Check its queue address and password, and read its log.",
        )
    else:
        closed = " and asks for a sign-in" if facts.closed else ""
        yield fine(ChainLink.GATEWAY, f"{facts.address} answers{closed}.")


def _prometheus(facts: TaskFacts, address: str, namespace: str) -> Iterator[LinkFinding]:
    found = read_prometheus(address or _PROMETHEUS, facts.task, namespace)
    if found.error and not address:
        yield unchecked(
            ChainLink.PROMETHEUS,
            f"{facts.task}: nothing answers at {_PROMETHEUS}.",
            "Name Prometheus with --prometheus URL.",
        )
        return
    yield from check_prometheus(facts.task, found, len(facts.ready))


def _cluster(
    tasks: Sequence[TaskFacts], local: frozenset[str], namespace: str | None
) -> Iterator[LinkFinding]:
    rest = [facts.task for facts in tasks if facts.task not in local]
    for task in sorted(local & {facts.task for facts in tasks}):
        yield fine(ChainLink.HPA, f"{task}: the local runner scales this task, without a cluster.")
    if not rest:
        return
    try:
        items = autoscalers(namespace or _NAMESPACE)
    except ClusterError as error:
        make = unchecked if namespace is None else broken
        yield make(
            ChainLink.HPA,
            f"The cluster was not checked: {error}.",
            "Run this where kubectl reaches the cluster, with -n NAMESPACE.",
        )
        return
    for task in rest:
        item = autoscaler_of(task, items)
        if item is not None:
            adapter = adapter_facts(item, namespace or _NAMESPACE)
            if adapter is None:
                yield unchecked(
                    ChainLink.ADAPTER, f"{task}: its autoscaler uses no external metric."
                )
            else:
                yield from check_adapter(task, adapter)
        yield from check_hpa(task, None if item is None else hpa_facts(item))
