"""Reads, changes and writes Kubernetes objects as plain values."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import yaml

from apps.runtime.errors import SettingsError

__all__ = ["Document", "in_apply_order", "read_documents", "replaced", "walk", "write_documents"]

Document = dict[str, Any]

#: Kinds that other objects need, in the order in which they must exist; all other kinds follow.
_FIRST = (
    "Namespace", "CustomResourceDefinition", "ServiceAccount", "Secret", "ConfigMap",
    "PersistentVolumeClaim", "Role", "ClusterRole", "RoleBinding", "ClusterRoleBinding",
    "NetworkPolicy", "Service",
)  # fmt: skip


class _Dumper(yaml.SafeDumper):
    """Writes texts of several lines as block scalars."""


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    style = "|" if "\n" in text else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _text)


def read_documents(path: Path) -> list[Document]:
    """The objects of a YAML file.

    Raises:
        SettingsError: the file is unreadable, or an entry is not a Kubernetes object.
    """
    try:
        found = [item for item in yaml.safe_load_all(path.read_text("utf-8")) if item is not None]
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise SettingsError(f"{path}: {' '.join(str(error).split())}") from error
    for item in found:
        if not isinstance(item, dict) or "kind" not in item or "apiVersion" not in item:
            raise SettingsError(f"{path}: a document has no apiVersion or no kind; add them")
    return found


def in_apply_order(documents: Iterable[Document]) -> list[Document]:
    """The objects in an order in which `kubectl apply` can create each of them.

    A namespace comes before what is in it, and an account before the pod that runs as it.
    """
    rank = {kind: number for number, kind in enumerate(_FIRST)}
    return sorted(documents, key=lambda document: rank.get(document["kind"], len(_FIRST)))


def write_documents(documents: Iterable[Document]) -> str:
    """The objects as one YAML text, in the given order."""
    return "".join(
        "---\n"
        + yaml.dump(document, Dumper=_Dumper, sort_keys=False, width=100, allow_unicode=True)
        for document in documents
    )


def replaced(value: Any, change: Callable[[str], str]) -> Any:
    """A copy with `change` applied to every text, including keys."""
    if isinstance(value, dict):
        return {change(str(key)): replaced(item, change) for key, item in value.items()}
    if isinstance(value, list):
        return [replaced(item, change) for item in value]
    return change(value) if isinstance(value, str) else value


def walk(value: Any) -> Iterator[Document]:
    """All mappings inside a value, including the value itself."""
    if isinstance(value, dict):
        yield value
    children = value.values() if isinstance(value, dict) else value
    if isinstance(value, (dict, list)):
        for child in children:
            yield from walk(child)
