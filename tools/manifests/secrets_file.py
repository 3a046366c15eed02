"""The Secrets of an installation: generated once, at random, and then kept.

They are in a separate file beside the generated manifests. After a Secret is deleted there, the
next run generates a new password for that role and updates the ACL file.
"""

from __future__ import annotations

import base64
import binascii
import os
import secrets
from collections.abc import Mapping
from pathlib import Path

from apps.runtime.errors import SettingsError
from tools.manifests.documents import Document, read_documents, write_documents
from tools.manifests.roles import ROLES, acl_file

__all__ = ["GATEWAY_TOKEN", "USERS", "keep_secrets", "secret_name"]

GATEWAY_TOKEN = "ei-gateway-token"  # noqa: S105 - the name of a Secret
USERS = "ei-redis-acl"
#: Bytes of randomness of a password or token.
_RANDOM_BYTES = 24


def secret_name(role: str) -> str:
    """Name of the Secret with the password of a role."""
    return f"ei-redis-{role}"


def keep_secrets(path: Path, namespace: str) -> list[Document]:
    """The Secrets of the file, completed; writes the file if it changed.

    Raises:
        SettingsError: the file cannot be read or written, or a value in it is empty.
    """
    known = _read(path) if path.exists() else {}
    wanted = {secret_name(role.name): "password" for role in ROLES} | {GATEWAY_TOKEN: "token"}
    values = {name: known.get((name, key)) or _random() for name, key in wanted.items()}
    documents = [_secret(name, namespace, {wanted[name]: values[name]}) for name in wanted]
    users = acl_file({role.name: values[secret_name(role.name)] for role in ROLES})
    documents.append(_secret(USERS, namespace, {"users.acl": users}))
    _write(path, write_documents(documents))
    return documents


def _random() -> str:
    return secrets.token_urlsafe(_RANDOM_BYTES)


def _secret(name: str, namespace: str, values: Mapping[str, str]) -> Document:
    return {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": name, "namespace": namespace},
        "type": "Opaque",
        "stringData": dict(values),
    }


def _read(path: Path) -> dict[tuple[str, str], str]:
    values = {}
    for document in read_documents(path):
        name = document.get("metadata", {}).get("name", "")
        plain = {key: str(value) for key, value in document.get("stringData", {}).items()}
        for key, value in (_decoded(path, document) | plain).items():
            if not value.strip():
                raise SettingsError(f"{path}: Secret {name} has an empty {key}; delete the Secret")
            values[name, key] = value
    return values


def _decoded(path: Path, document: Document) -> dict[str, str]:
    try:
        return {
            key: base64.b64decode(value, validate=True).decode()
            for key, value in document.get("data", {}).items()
        }
    except (binascii.Error, UnicodeDecodeError) as error:
        raise SettingsError(f"{path}: a value under data is not base64: {error}") from error


def _write(path: Path, text: str) -> None:
    """Replace the file atomically; only its owner may read it."""
    try:
        if path.exists() and path.read_text(encoding="utf-8") == text:
            return
        fresh = path.with_name(f".{path.name}.new")
        fresh.unlink(missing_ok=True)
        handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
        fresh.replace(path)
    except OSError as error:
        raise SettingsError(f"{path}: The file cannot be written: {error.strerror}") from error
