"""The users file, and the hashes in it."""

from __future__ import annotations

from pathlib import Path

import pytest

from apps.gateway.auth.identity import UserRole
from apps.gateway.auth.users import load_users
from apps.gateway.passwords import check_hash, make_hash, matches
from apps.runtime.errors import SettingsError

HASH = make_hash("correct horse")
ANN = f"{{name: ann, role: admin, password: '{HASH}'}}"
TWICE = f"users: [{ANN}, {ANN}]"


def write(tmp_path: Path, text: str) -> str:
    path = tmp_path / "users.yaml"
    path.write_text(text, encoding="utf-8")
    return str(path)


def test_users_are_read(tmp_path: Path) -> None:
    text = f"""
users:
  - {{name: ann, role: admin, password: "{HASH}"}}
  - {{name: door, role: viewer, password: "{HASH}", streams: ["hall*"]}}
"""
    users = load_users(write(tmp_path, text))
    assert users["ann"].role is UserRole.ADMIN
    assert users["ann"].streams == ("*",)
    assert users["door"].streams == ("hall*",)


def test_without_a_file_there_are_none() -> None:
    assert load_users("") == {}


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("users: [", "not YAML"),
        ("", "Expected"),
        ("people: []", "people"),
        ("users: [{name: a, role: boss, password: x}]", "boss"),
        ("users: [{name: a, role: admin, password: plain}]", "not an argon2 hash"),
        ("users: [{name: a, role: admin}]", "password"),
        ("users: [{name: a, role: admin, password: x, admin: yes}]", "admin"),
        (TWICE, "twice"),
    ],
)  # fmt: skip
def test_a_wrong_file_is_one_clear_line(tmp_path: Path, text: str, reason: str) -> None:
    with pytest.raises(SettingsError, match=reason) as error:
        load_users(write(tmp_path, text))
    assert "EI_USERS_FILE" in str(error.value)
    assert "\n" not in str(error.value)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="nowhere"):
        load_users(str(tmp_path / "nowhere.yaml"))


def test_no_text_shows_a_hash(tmp_path: Path) -> None:
    users = load_users(write(tmp_path, f"users: [{{name: a, role: admin, password: '{HASH}'}}]"))
    assert "argon2" not in repr(users)


def test_another_password_has_another_fingerprint(tmp_path: Path) -> None:
    text = "users: [{{name: a, role: admin, password: '{}'}}]"
    first = load_users(write(tmp_path, text.format(HASH)))["a"]
    second = load_users(write(tmp_path, text.format(make_hash("another one"))))["a"]
    assert first.fingerprint != second.fingerprint


def test_a_password_has_its_hash_and_no_other() -> None:
    assert matches("correct horse", HASH)
    assert not matches("battery staple", HASH)
    assert not matches("not the password of any user", None)


@pytest.mark.parametrize("text", ["", "plain", "$2b$12$abcdefghijklmnopqrstuv", "$argon2id$broken"])
def test_other_texts_are_not_argon2_hashes(text: str) -> None:
    assert not check_hash(text)
    assert check_hash(HASH)
