"""What somebody asks `gen-k8s-yaml.sh` for, and why it would not work."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass

from apps.runtime.errors import SettingsError

__all__ = ["AUTOSCALERS", "EXPOSURES", "SCALING_PROMETHEUS", "Request", "check"]

#: How the workers of a task are scaled.
AUTOSCALERS = ("hpa", "keda", "keda-zero", "hpa-cpu")
#: How the gateway (and with NodePorts, the queue) is reached from outside.
EXPOSURES = ("nodeport", "ingress", "none")
#: The Prometheus of kubernetes/monitoring, which KEDA asks.
SCALING_PROMETHEUS = "http://ei-prometheus-svc.monitoring.svc:9090"

_NAME = re.compile(r"[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\Z")
_HOST_NAME = re.compile(r"(?=.{1,253}\Z)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.?)+(?<!\.)\Z")
_TAG = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}\Z")
_HOST = r"(?:[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?\.?)+(?::\d{1,5})?"
_REGISTRY = re.compile(rf"{_HOST}(?:/[a-z0-9]+(?:[._-]+[a-z0-9]+)*)*\Z")
#: Labels of Kubernetes are at most this long; the longest name around a task is
#: `ei-sample-<task>-deployment`.
_LONGEST_LABEL = 63
_LONGEST_TASK = _LONGEST_LABEL - len("ei-sample--deployment")


@dataclass(frozen=True)
class Request:
    """One installation.

    Attributes:
        registry: where the images are, without a slash at its end.
        tag: of the images.
        namespace: where everything goes.
        tasks: each gets workers of its own.
        autoscaler: one of `AUTOSCALERS`.
        expose: one of `EXPOSURES`.
        host: name of the dashboard, for an Ingress.
        models_claim: a PersistentVolumeClaim with model files; empty when the images have them.
        tls: speak TLS to Redis; the Secret `ei-redis-tls` has `tls.crt`, `tls.key`, `ca.crt`.
        prometheus: address of the Prometheus that KEDA asks.
        pull_secret: a Secret with the registry's credentials; empty when it asks for none.
    """

    registry: str
    tasks: tuple[str, ...]
    tag: str = "latest"
    namespace: str = "elastic-inference"
    autoscaler: str = "hpa"
    expose: str = "nodeport"
    host: str = ""
    models_claim: str = ""
    tls: bool = False
    prometheus: str = SCALING_PROMETHEUS
    pull_secret: str = ""

    @property
    def file_part(self) -> str:
        """The registry as a part of a file's name."""
        return self.registry.replace(":", "_").replace("/", "_")


def check(request: Request, known_tasks: Collection[str]) -> None:
    """Refuse what Kubernetes, the services or the autoscaler would refuse later.

    Raises:
        SettingsError: why it would not work, and what would.
    """
    if not _REGISTRY.match(request.registry):
        raise SettingsError(
            f"-r {request.registry!r} is no registry: write a host and a path, such as "
            "registry.example:5000/vision"
        )
    if not _TAG.match(request.tag):
        raise SettingsError(f"-g {request.tag!r} is no image tag")
    _check_namespace(request.namespace)
    _check_tasks(request.tasks, known_tasks)
    _check_choice("--autoscaler", request.autoscaler, AUTOSCALERS)
    _check_choice("--expose", request.expose, EXPOSURES)
    _check_host(request)
    for flag, name in (
        ("models-claim", request.models_claim),
        ("pull-secret", request.pull_secret),
    ):
        if name and not _NAME.match(name):
            raise SettingsError(f"--{flag} {name!r} is no name of an object in Kubernetes")
    if not re.match(r"https?://[^\s/]+", request.prometheus):
        raise SettingsError(f"--prometheus {request.prometheus!r}: write http://host:port")


def _check_choice(flag: str, value: str, choices: Collection[str]) -> None:
    if value not in choices:
        raise SettingsError(f"{flag} {value!r}: choose one of {', '.join(choices)}")


def _check_host(request: Request) -> None:
    if request.expose != "ingress":
        if request.host:
            raise SettingsError(f"--host {request.host}: only with --expose ingress")
        return
    if not request.host:
        raise SettingsError(
            "--expose ingress: name the dashboard's host with --host, such as ei.example.org; "
            "an Ingress without one is served with a certificate that no browser takes"
        )
    if not _HOST_NAME.match(request.host):
        raise SettingsError(f"--host {request.host!r} is no host name: write it in lower case")


def _check_namespace(namespace: str) -> None:
    if not _NAME.match(namespace) or len(namespace) > _LONGEST_LABEL:
        raise SettingsError(f"-n {namespace!r} is no name of a namespace")
    if namespace.startswith("kube-") or namespace == "monitoring":
        raise SettingsError(
            f"-n {namespace}: its other pods would be cut off by our default-deny policy; "
            "take a namespace of its own"
        )


def _check_tasks(tasks: tuple[str, ...], known: Collection[str]) -> None:
    if not tasks:
        raise SettingsError("--tasks names none: write at least one, such as people")
    for task in tasks:
        if task not in known:
            raise SettingsError(
                f"--tasks {task!r}: no model serves it; models/tasks.yaml has {', '.join(known)}"
            )
        if len(task) > _LONGEST_TASK:
            raise SettingsError(f"--tasks {task}: longer than {_LONGEST_TASK} characters")
    if len(set(tasks)) != len(tasks):
        raise SettingsError("--tasks names one task twice: one Deployment serves it already")
