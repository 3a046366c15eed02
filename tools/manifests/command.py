"""Writes the manifests of an installation: `tools/gen-k8s-yaml.sh`."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from apps.runtime.errors import ElasticError, SettingsError
from apps.vision.models.catalogue import load_tasks
from tools.manifests import rendering
from tools.manifests.documents import (
    Document,
    read_documents,
    write_documents,
)
from tools.manifests.request import (
    AUTOSCALERS,
    EXPOSURES,
    SCALING_PROMETHEUS,
    Request,
    check,
)
from tools.manifests.secrets_file import keep_secrets
from tools.manifests.shipped_models import needing_download

__all__ = ["main"]

ROOT = Path(__file__).resolve().parents[2]

#: Tasks that the images serve without downloaded models.
_TASKS = "people,car,face"
_NOTE = (
    "# Written by tools/gen-k8s-yaml.sh for {registry}:{tag}: change kubernetes/ or the flags.\n"
)
_SECRETS = "secrets.yaml"


def main(argv: Sequence[str] | None = None) -> int:
    """Write the manifests; returns the exit code: 0, or 2 for a wrong option or file."""
    arguments = _parser().parse_args(argv)
    request = Request(
        registry=arguments.registry.rstrip("/"),
        tag=arguments.tag,
        namespace=arguments.namespace,
        tasks=tuple(task.strip() for task in arguments.tasks.split(",") if task.strip()),
        autoscaler=arguments.autoscaler,
        expose=arguments.expose,
        host=arguments.host,
        models_claim=arguments.models_claim,
        tls=arguments.tls,
        prometheus=arguments.prometheus.rstrip("/"),
        pull_secret=arguments.pull_secret,
    )
    try:
        tasks = load_tasks(ROOT / "models" / "tasks.yaml")
        check(request, tasks)
        written = _generate(request, Path(arguments.output), arguments.template)
    except ElasticError as error:
        sys.stderr.write(f"gen-k8s-yaml.sh: {error}\n")
        return 2
    missing = needing_download(request.tasks, tasks)
    if missing and not (request.models_claim or arguments.template):
        sys.stderr.write(
            f"{', '.join(missing)}: the images contain these models only if they were built with "
            f'EI_IMAGE_MODELS="{" ".join(missing)}"; otherwise mount them with --models-claim\n'
        )
    print("kubectl apply " + " ".join(f"-f {path}" for path in written))
    return 0


def _generate(request: Request, folder: Path, template: str) -> list[Path]:
    """Write the files; returns the files to apply, in this order."""
    if template:
        return [_fill(request, folder, Path(template))]
    _make_folder(folder)
    secrets_path = folder / _SECRETS
    secrets = keep_secrets(secrets_path, request.namespace)
    system = folder / f"elastic-inference_{request.file_part}.yaml"
    samples = folder / f"sample-infer_{request.file_part}.yaml"
    documents = rendering.system(request, secrets)
    namespaces = [item for item in documents if item["kind"] == "Namespace"]
    rest = [item for item in documents if item["kind"] != "Namespace"]
    written = [folder / "namespace.yaml"] if namespaces else []
    if namespaces:
        _write(written[0], request, namespaces)
    _write(system, request, rest)
    try:
        _write(samples, request, rendering.samples(request, secrets))
    except SettingsError as error:
        sys.stderr.write(f"No sample streams were written. {error}\n")
        samples.unlink(missing_ok=True)
        return [*written, secrets_path, system]
    sys.stderr.write(f"To add sample streams: kubectl apply -f {samples}\n")
    return [*written, secrets_path, system]


def _fill(request: Request, folder: Path, template: Path) -> Path:
    paths = sorted(template.rglob("*.yaml")) if template.is_dir() else [template]
    if not paths:
        raise SettingsError(f"-f {template}: this folder has no *.yaml file")
    documents = [document for path in paths for document in read_documents(path)]
    _make_folder(folder)
    stem = template.name.removesuffix(".template").removesuffix(".yaml")
    path = folder / f"{stem}_{request.file_part}.yaml"
    _write(path, request, rendering.filled(documents, request))
    return path


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise SettingsError(f"-o {folder}: {error.strerror}") from error


def _write(path: Path, request: Request, documents: Sequence[Document]) -> None:
    note = _NOTE.format(registry=request.registry, tag=request.tag)
    text = note + write_documents(documents)
    try:
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise SettingsError(f"{path}: The file cannot be written: {error.strerror}") from error


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="gen-k8s-yaml.sh",
        description="Write Kubernetes manifests and print the command that applies them. "
        "The first run generates the Secrets; later runs keep them.",
        allow_abbrev=False,
    )
    add = parser.add_argument
    add(
        "-r",
        dest="registry",
        metavar="REGISTRY",
        required=True,
        help="registry of the images, such as registry.example:5000/vision",
    )
    add(
        "-f",
        dest="template",
        metavar="TEMPLATE",
        default="",
        help="fill registry, tag and namespace into this file or folder instead",
    )
    add("-g", dest="tag", metavar="TAG", default="latest", help="tag of the images (latest)")
    add(
        "-n",
        dest="namespace",
        metavar="NAMESPACE",
        default="elastic-inference",
        help="namespace of all objects (elastic-inference)",
    )
    add(
        "-o",
        dest="output",
        metavar="DIR",
        default=str(ROOT / "kubernetes" / "generated"),
        help="output folder (kubernetes/generated)",
    )
    add("--tasks", metavar="TASKS", default=_TASKS, help=f"workers for these tasks ({_TASKS})")
    add(
        "--autoscaler",
        metavar="KIND",
        default="hpa",
        help=f"one of {', '.join(AUTOSCALERS)} (hpa); docs/operations.md compares them",
    )
    add(
        "--expose",
        metavar="HOW",
        default="nodeport",
        help=f"one of {', '.join(EXPOSURES)} (nodeport: 31002 gateway, 31003 queue)",
    )
    add(
        "--host",
        metavar="NAME",
        default="",
        help="with --expose ingress: host name of the dashboard",
    )
    add(
        "--pull-secret",
        metavar="NAME",
        default="",
        help="Secret with the credentials of the registry",
    )
    add(
        "--models-claim",
        metavar="NAME",
        default="",
        help="mount models from this PersistentVolumeClaim; without it, use those in the images",
    )
    add(
        "--tls",
        action="store_true",
        help="use TLS to Redis; create the Secret ei-redis-tls first (docs/security.md)",
    )
    add(
        "--prometheus",
        metavar="URL",
        default=SCALING_PROMETHEUS,
        help=f"the Prometheus that KEDA queries ({SCALING_PROMETHEUS})",
    )
    return parser  # fmt: skip


if __name__ == "__main__":
    sys.exit(main())
