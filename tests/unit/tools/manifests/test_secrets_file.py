"""Secrets are generated once, at random, and kept."""

from __future__ import annotations

import stat
from pathlib import Path
from typing import Any

import pytest
import yaml

from apps.runtime.errors import SettingsError
from tools.manifests.secrets_file import GATEWAY_TOKEN, USERS, keep_secrets


def values(documents: list[dict[str, Any]]) -> dict[str, str]:
    return {item["metadata"]["name"]: repr(item["stringData"]) for item in documents}


def test_two_installations_share_no_secret(tmp_path: Path) -> None:
    first = values(keep_secrets(tmp_path / "a.yaml", "ei"))
    second = values(keep_secrets(tmp_path / "b.yaml", "ei"))
    assert first.keys() == second.keys()
    assert not set(first.values()) & set(second.values())


def test_a_later_run_does_not_change_the_file(tmp_path: Path) -> None:
    path = tmp_path / "secrets.yaml"
    first = keep_secrets(path, "ei")
    written = path.stat().st_mtime_ns
    assert keep_secrets(path, "ei") == first
    assert path.stat().st_mtime_ns == written


def test_only_the_owner_may_read_the_file(tmp_path: Path) -> None:
    path = tmp_path / "secrets.yaml"
    keep_secrets(path, "ei")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_deleted_secret_is_generated_again_and_the_acl_file_updated(tmp_path: Path) -> None:
    path = tmp_path / "secrets.yaml"
    before = values(keep_secrets(path, "ei"))
    kept = [item for item in yaml.safe_load_all(path.read_text())
            if item["metadata"]["name"] != "ei-redis-camera"]  # fmt: skip
    path.write_text(yaml.safe_dump_all(kept))
    after = values(keep_secrets(path, "ei"))
    changed = {name for name in after if after[name] != before[name]}
    assert changed == {"ei-redis-camera", USERS}


def test_a_secret_in_base64_as_kubectl_prints_it_is_read(tmp_path: Path) -> None:
    path = tmp_path / "secrets.yaml"
    path.write_text(
        f"apiVersion: v1\nkind: Secret\nmetadata: {{name: {GATEWAY_TOKEN}}}\n"
        "data: {token: YWJj}\n"
    )
    assert "'abc'" in values(keep_secrets(path, "ei"))[GATEWAY_TOKEN]


@pytest.mark.parametrize("data", ["stringData: {token: ''}", "data: {token: '%%%'}"])
def test_a_damaged_file_is_an_error_and_not_changed(tmp_path: Path, data: str) -> None:
    path = tmp_path / "secrets.yaml"
    text = f"apiVersion: v1\nkind: Secret\nmetadata: {{name: {GATEWAY_TOKEN}}}\n{data}\n"
    path.write_text(text)
    with pytest.raises(SettingsError):
        keep_secrets(path, "ei")
    assert path.read_text() == text
