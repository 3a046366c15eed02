"""The request to `gen-k8s-yaml.sh`, and its validation."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass

from apps.runtime.errors import SettingsError

__all__ = ["AUTOSCALERS", "EXPOSURES", "SCALING_PROMETHEUS", "Request", "check"]

#: Kinds of autoscalers.
AUTOSCALERS = ("hpa", "keda", "keda-zero", "hpa-cpu")
#: Ways to expose the gateway (and with NodePorts, the queue) outside the cluster.
EXPOSURES = ("nodeport", "ingress", "none")
#: Address of the Prometheus of kubernetes/monitoring, which KEDA queries.
SCALING_PROMETHEUS = "http://ei-prometheus-svc.monitoring.svc:9090"

_NAME = re.compile(r"[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\Z")
_HOST_NAME = re.compile(r"(?=.{1,253}\Z)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.?)+(?<!\.)\Z")
_TAG = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}\Z")
_HOST = r"(?:[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?\.?)+(?::\d{1,5})?"
_REGISTRY = re.compile(rf"{_HOST}(?:/[a-z0-9]+(?:[._-]+[a-z0-9]+)*)*\Z")
#: Maximum length of a label in Kubernetes. The longest name that contains a task is
#: `ei-sample-<task>-deployment`.
_LONGEST_LABEL = 63
_LONGEST_TASK = _LONGEST_LABEL - len("ei-sample--deployment")


@dataclass(frozen=True)
class Request:
    """One installation.

    Attributes:
        registry: registry of the images, without a trailing slash.
        tag: tag of the images.
        namespace: namespace of all objects.
        tasks: tasks to serve, each with its own workers.
        autoscaler: one of `AUTOSCALERS`.
        expose: one of `EXPOSURES`.
        host: host name of the dashboard, for an Ingress.
        models_claim: PersistentVolumeClaim with model files; empty if the images contain them.
        tls: use TLS to Redis; the Secret `ei-redis-tls` holds `tls.crt`, `tls.key` and `ca.crt`.
        prometheus: address of the Prometheus that KEDA queries.
        pull_secret: Secret with the credentials of the registry; empty if it needs none.
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
        """The registry as part of a file name."""
        return self.registry.replace(":", "_").replace("/", "_")


def check(request: Request, known_tasks: Collection[str]) -> None:
    """Refuse values that Kubernetes, the services or the autoscaler would refuse later.

    Raises:
        SettingsError: a value is invalid; the text says what to write.
    """
    if not _REGISTRY.match(request.registry):
        raise SettingsError(
            f"-r {request.registry!r} is not a registry: write a host and a path, such as "
            "registry.example:5000/vision"
        )
    if not _TAG.match(request.tag):
        raise SettingsError(
            f"-g {request.tag!r} is not an image tag: write letters, digits, . _ and -"
        )
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
            raise SettingsError(f"--{flag} {name!r} is not a Kubernetes name: write a-z, 0-9 and -")
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
            "browsers reject the certificate of an Ingress without a host"
        )
    if not _HOST_NAME.match(request.host):
        raise SettingsError(f"--host {request.host!r} is not a host name: write it in lower case")


def _check_namespace(namespace: str) -> None:
    if not _NAME.match(namespace) or len(namespace) > _LONGEST_LABEL:
        raise SettingsError(f"-n {namespace!r} is not a namespace: write a-z, 0-9 and -")
    if namespace.startswith("kube-") or namespace == "monitoring":
        raise SettingsError(
            f"-n {namespace}: the default-deny policy would cut off the other pods there; "
            "choose a separate namespace"
        )


def _check_tasks(tasks: tuple[str, ...], known: Collection[str]) -> None:
    if not tasks:
        raise SettingsError("--tasks is empty: write at least one task, such as people")
    for task in tasks:
        if task not in known:
            raise SettingsError(
                f"--tasks {task!r}: no model serves it; models/tasks.yaml has {', '.join(known)}"
            )
        if len(task) > _LONGEST_TASK:
            raise SettingsError(f"--tasks {task}: longer than {_LONGEST_TASK} characters")
    if len(set(tasks)) != len(tasks):
        raise SettingsError("--tasks names a task twice: name each task once")
