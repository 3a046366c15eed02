"""Generated files can be applied in the order in which they are written, and applied again."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

from tests.support.installation import PROFILES
from tools.manifests import command
from tools.manifests.documents import Document, read_documents
from tools.manifests.monitoring import operator_objects, standalone_objects

#: Namespaces that exist before anything is applied.
EXISTING = {"default", "kube-system"}


def applied(profile: str) -> list[Document]:
    """The generated files, in the order of the printed `kubectl apply`."""
    printed = StringIO()
    with TemporaryDirectory() as folder, redirect_stdout(printed):
        command.main(["-r", "registry.example:5000/ei", "-o", folder, *PROFILES[profile]])
        files = printed.getvalue().split(" -f ")[1:]
        return [item for file in files for item in read_documents(Path(file.strip()))]


BUNDLES: dict[str, tuple[list[Document], set[str]]] = {
    **{name: (applied(name), set()) for name in PROFILES},
    "standalone monitoring": (standalone_objects("elastic-inference", "secret"),
                              {"elastic-inference"}),
    "monitoring by Prometheus' operator": (operator_objects("elastic-inference"), {"monitoring"}),
}  # fmt: skip

by_bundle = pytest.mark.parametrize("name", BUNDLES)


def needs(document: Document) -> Iterator[tuple[str, str]]:
    """Kind and name of each object that must exist before this one can be created or start."""
    template = document.get("spec", {}).get("template", {}).get("spec", {})
    if account := template.get("serviceAccountName"):
        yield "ServiceAccount", account
    for volume in template.get("volumes", ()):
        if config := volume.get("configMap"):
            yield "ConfigMap", config["name"]
    if document["kind"] == "RoleBinding":
        yield document["roleRef"]["kind"], document["roleRef"]["name"]


@by_bundle
def test_each_object_follows_its_namespace(name: str) -> None:
    documents, known = BUNDLES[name]
    namespaces = EXISTING | known
    for document in documents:
        if document["kind"] == "Namespace":
            namespaces.add(document["metadata"]["name"])
        namespace = document["metadata"].get("namespace", "default")
        assert namespace in namespaces, document["metadata"]["name"]


@by_bundle
def test_each_object_follows_what_it_refers_to(name: str) -> None:
    documents, _ = BUNDLES[name]
    made = {(item["kind"], item["metadata"]["name"]) for item in documents}
    seen: set[tuple[str, str]] = set()
    for document in documents:
        for need in needs(document):
            assert need in seen or need not in made, (document["metadata"]["name"], need)
        seen.add((document["kind"], document["metadata"]["name"]))


def empty_fields(value: Any, path: str = "") -> Iterator[str]:
    """Paths of fields that an API server drops when it stores the object."""
    items = value.items() if isinstance(value, dict) else enumerate(value)
    for key, item in items:
        if item is None or item == []:
            yield f"{path}/{key}"
        elif isinstance(item, (dict, list)):
            yield from empty_fields(item, f"{path}/{key}")


@by_bundle
def test_no_field_is_dropped_by_the_server(name: str) -> None:
    """A second apply would differ from what is stored, and make a new generation."""
    documents, _ = BUNDLES[name]
    assert {
        document["metadata"]["name"]: found
        for document in documents
        if (found := list(empty_fields(document)))
    } == {}
