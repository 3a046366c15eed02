"""Builds the objects of one installation from the files in `kubernetes/`."""

from __future__ import annotations

import copy
import hashlib
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import yaml

from apps.runtime.errors import SettingsError
from tools.manifests.autoscalers import autoscaler
from tools.manifests.documents import Document, in_apply_order, read_documents, replaced, walk
from tools.manifests.request import Request

__all__ = ["KUBERNETES", "REGISTRY_MARK", "filled", "samples", "stamped", "system"]

KUBERNETES = Path(__file__).resolve().parents[2] / "kubernetes"
#: Placeholder for the registry in manifests.
REGISTRY_MARK = "your-own-registry/"

#: The task in the files of kubernetes/base/inference and kubernetes/scaling.
_EXAMPLE_TASK = "people"
_TLS_FOLDER = "/run/secrets/queue-tls"
_MODELS_FOLDER = "/models"
_GATEWAY_PORT, _QUEUE_PORT = 31002, 31003
_EVERYWHERE = ("0.0.0.0/0", "::/0")
_EXAMPLE_HOST = "dashboard.example"
#: Networks of ingress controllers: all private address ranges.
_CLUSTER_NETWORKS = "10.0.0.0/8,172.16.0.0/12,192.168.0.0/16,100.64.0.0/10,fc00::/7"
_TLS_CONFIG = """\
# TLS only.
port 0
tls-port 6379
tls-cert-file /etc/redis/tls/tls.crt
tls-key-file /etc/redis/tls/tls.key
tls-ca-cert-file /etc/redis/tls/ca.crt
tls-auth-clients no
"""


def system(request: Request, secrets: Sequence[Document]) -> list[Document]:
    """All objects of an installation except Secrets, in the order for `kubectl apply`."""
    base = KUBERNETES / "base"
    documents = [*_folder(base / "namespace"), *_redis(request)]
    documents += _gateway(request)
    documents += _folder(base / "streams")
    shared, per_task = _inference(request)
    documents += shared
    for task in request.tasks:
        documents += [_for_task(document, task) for document in per_task]
    if request.namespace == "default":
        documents = [*_spare_others(documents)]
    finished = [_finished(document, request) for document in documents]
    return in_apply_order(stamped(finished, secrets))


def _spare_others(documents: Sequence[Document]) -> Iterator[Document]:
    """Restrict policies to our pods: the namespace `default` also holds other pods."""
    for document in documents:
        if document["metadata"]["name"] == "ei-default-deny":
            own = {"app.kubernetes.io/part-of": "elastic-inference"}
            document["spec"]["podSelector"] = {"matchLabels": own}
        if document["kind"] != "Namespace":
            yield document


def samples(request: Request, secrets: Sequence[Document]) -> list[Document]:
    """A Deployment for each sample stream whose task has workers.

    Raises:
        SettingsError: none of the tasks has a sample stream.
    """
    path = KUBERNETES / "sample-infer" / "samples.yaml"
    listed = yaml.safe_load(path.read_text(encoding="utf-8"))["samples"]
    chosen = [sample for sample in listed if sample["task"] in request.tasks]
    if not chosen:
        tasks = ", ".join(sample["task"] for sample in listed)
        raise SettingsError(f"None of the tasks has a sample stream; these have one: {tasks}")
    deployment = read_documents(KUBERNETES / "base" / "streams" / "deployment.yaml")[0]
    made = [_sample(deployment, sample) for sample in chosen]
    return stamped([_finished(document, request) for document in made], secrets)


def filled(documents: Sequence[Document], request: Request) -> list[Document]:
    """The manifests of a user, with registry, tag and namespace filled in."""
    return [_placed(document, request) for document in documents]


def stamped(documents: list[Document], secrets: Sequence[Document]) -> list[Document]:
    """The objects, with a checksum of the mounted configuration on each pod template.

    Pods read their configuration once, so a changed configuration must replace the pods.

    Args:
        documents: Deployments, and the ConfigMaps and Secrets that they mount.
        secrets: further Secrets that they mount.
    """
    texts = {
        item["metadata"]["name"]: repr(sorted((item.get("data") or item["stringData"]).items()))
        for item in (*documents, *secrets)
        if item["kind"] in {"ConfigMap", "Secret"}
    }
    for document in documents:
        if document["kind"] != "Deployment":
            continue
        template = document["spec"]["template"]
        names = [
            volume.get("secret", {}).get("secretName") or volume.get("configMap", {}).get("name")
            for volume in template["spec"]["volumes"]
        ]
        seen = "".join(texts.get(name, "") for name in names if name)
        stamp = hashlib.sha256(seen.encode()).hexdigest()[:16]
        template["metadata"].setdefault("annotations", {})["ei/configuration"] = stamp
    return documents


def _folder(folder: Path) -> list[Document]:
    names = read_documents(folder / "kustomization.yaml")[0]["resources"]
    return [document for name in names for document in read_documents(folder / name)]


def _redis(request: Request) -> list[Document]:
    documents = _folder(KUBERNETES / "base" / "redis")
    if request.tls:
        _redis_tls(documents)
    if request.expose == "nodeport":
        _node_port(_only(documents, "Service"), _QUEUE_PORT)
        rule = {
            "from": [{"ipBlock": {"cidr": cidr}} for cidr in _EVERYWHERE],
            "ports": [{"port": 6379, "protocol": "TCP"}],
        }
        _only(documents, "NetworkPolicy")["spec"]["ingress"].append(rule)
    return documents


def _redis_tls(documents: Sequence[Document]) -> None:
    config = _only(documents, "ConfigMap")["data"]
    config["redis.conf"] += _TLS_CONFIG
    spec = _only(documents, "Deployment")["spec"]["template"]["spec"]
    mount = {"name": "tls", "mountPath": "/etc/redis/tls", "readOnly": True}
    spec["containers"][0]["volumeMounts"].append(mount)
    secret = {"secretName": "ei-redis-tls", "defaultMode": 0o440}
    spec["volumes"].append({"name": "tls", "secret": secret})


def _gateway(request: Request) -> list[Document]:
    documents = _folder(KUBERNETES / "base" / "gateway")
    environment = _container(_only(documents, "Deployment"))["env"]
    next(item for item in environment if item["name"] == "EI_TASKS")["value"] = ",".join(
        request.tasks
    )
    if request.expose == "nodeport":
        _node_port(_only(documents, "Service"), _GATEWAY_PORT)
    if request.expose == "ingress":
        # Read by uvicorn: proxies whose X-Forwarded-For and X-Forwarded-Proto are trusted.
        environment.append({"name": "FORWARDED_ALLOW_IPS", "value": _CLUSTER_NETWORKS})
        ingress = read_documents(KUBERNETES / "expose" / "ingress.yaml")
        documents += replaced(ingress, lambda text: text.replace(_EXAMPLE_HOST, request.host))
    return documents


def _inference(request: Request) -> tuple[list[Document], list[Document]]:
    """The objects that all tasks share, and the objects of each task."""
    documents = _folder(KUBERNETES / "base" / "inference")
    if request.models_claim:
        _mount_models(_only(documents, "Deployment"), request.models_claim)
    shared = [item for item in documents if _EXAMPLE_TASK not in item["metadata"]["name"]]
    per_task = [item for item in documents if _EXAMPLE_TASK in item["metadata"]["name"]]
    return shared, [*per_task, autoscaler(request)]


def _mount_models(deployment: Document, claim: str) -> None:
    container = _container(deployment)
    container["env"].append({"name": "EI_MODELS", "value": _MODELS_FOLDER})
    mount = {"name": "models", "mountPath": _MODELS_FOLDER, "readOnly": True}
    container["volumeMounts"].append(mount)
    source = {"claimName": claim, "readOnly": True}
    volume = {"name": "models", "persistentVolumeClaim": source}
    deployment["spec"]["template"]["spec"]["volumes"].append(volume)


def _for_task(document: Document, task: str) -> Document:
    made: Document = replaced(document, lambda text: text.replace(_EXAMPLE_TASK, task))
    return made


def _sample(deployment: Document, sample: dict[str, Any]) -> Document:
    task = sample["task"]
    app = f"ei-sample-{task}"
    made: Document = replaced(
        copy.deepcopy(deployment), _renaming({"ei-streams-deployment": f"{app}-deployment",
                                              "ei-streams": app})
    )  # fmt: skip
    spec = made["spec"]["template"]["spec"]
    spec["serviceAccountName"] = "ei-streams"
    container = _container(made)
    container["image"] = container["image"].replace("ei-camera-stream", "ei-file-stream")
    own = {
        "EI_SOURCE": sample["source"],
        "EI_STREAM_NAME": f"sample {task}",
        "EI_TASKS": task,
        "EI_FPS": str(sample["fps"]),
    }
    kept = [item for item in container["env"] if item["name"] != "EI_FOLLOW"]
    container["env"] = [{"name": key, "value": value} for key, value in own.items()] + kept
    return made


def _renaming(names: dict[str, str]) -> Callable[[str], str]:
    return lambda text: names.get(text, text)


def _node_port(service: Document, port: int) -> None:
    service["spec"]["type"] = "NodePort"
    service["spec"]["ports"][0]["nodePort"] = port


def _finished(document: Document, request: Request) -> Document:
    made = _placed(document, request)
    if request.tls:
        for item in walk(made):
            if "image" in item and any(e["name"] == "EI_QUEUE_HOST" for e in item.get("env", ())):
                _client_tls(made, item)
                break
    return made


def _client_tls(document: Document, container: Document) -> None:
    container["env"] += [
        {"name": "EI_QUEUE_TLS", "value": "true"},
        {"name": "EI_QUEUE_CA_FILE", "value": f"{_TLS_FOLDER}/ca.crt"},
    ]
    mount = {"name": "queue-tls", "mountPath": _TLS_FOLDER, "readOnly": True}
    container["volumeMounts"].append(mount)
    # Clients need only the certificate of the authority, not the key of the server.
    secret = {"secretName": "ei-redis-tls", "items": [{"key": "ca.crt", "path": "ca.crt"}]}
    document["spec"]["template"]["spec"]["volumes"].append({"name": "queue-tls", "secret": secret})


def _placed(document: Document, request: Request) -> Document:
    """The object with namespace and images of the request."""
    made = copy.deepcopy(document)
    for item in walk(made):
        image = item.get("image")
        if isinstance(image, str) and image.startswith(REGISTRY_MARK):
            name = image.removeprefix(REGISTRY_MARK).partition(":")[0]
            item["image"] = f"{request.registry}/{name}:{request.tag}"
            item["imagePullPolicy"] = "Always" if request.tag == "latest" else "IfNotPresent"
    if made["kind"] == "ServiceAccount" and request.pull_secret:
        made["imagePullSecrets"] = [{"name": request.pull_secret}]
    if made["kind"] == "Namespace":
        made["metadata"]["name"] = request.namespace
    else:
        made["metadata"]["namespace"] = request.namespace
    return made


def _container(deployment: Document) -> Document:
    container: Document = deployment["spec"]["template"]["spec"]["containers"][0]
    return container


def _only(documents: Sequence[Document], kind: str) -> Document:
    (found,) = [document for document in documents if document["kind"] == kind]
    return found
