"""The users file: users with password, role, and the streams that they may see.

::

    users:
      - name: ann
        role: admin
        password: $argon2id$v=19$...      # python -m apps.gateway.passwords
      - name: door
        role: viewer
        password: $argon2id$v=19$...
        streams: ["hall*", "yard:people"]
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import msgspec
import yaml

from apps.gateway.auth.identity import UserRole
from apps.gateway.passwords import check_hash
from apps.runtime.errors import SettingsError

__all__ = ["User", "load_users"]


class User(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One user."""

    name: str  #: of the user, for signing in
    role: UserRole  #: decides what they may do
    password: str  #: argon2 hash
    #: patterns of stream names or ids that a viewer may see; all by default
    streams: tuple[str, ...] = ("*",)

    def __repr__(self) -> str:
        return f"User(name={self.name!r}, role={self.role.value!r})"

    @property
    def fingerprint(self) -> str:
        """Changes with the password, so that older sessions end."""
        return hashlib.sha256(self.password.encode()).hexdigest()[:16]


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    users: tuple[User, ...]


def load_users(path: str) -> dict[str, User]:
    """The users of the file, by name; none for an empty path.

    Raises:
        SettingsError: the file cannot be read, or its content is not valid.
    """
    if not path:
        return {}
    try:
        content: Any = yaml.safe_load(Path(path).read_text(encoding="utf-8"))
        users = msgspec.convert(content, _File).users
    except (OSError, UnicodeDecodeError, yaml.YAMLError, msgspec.ValidationError) as error:
        raise SettingsError(f"EI_USERS_FILE: {_one_line(error)}") from error
    found: dict[str, User] = {}
    for user in users:
        if user.name in found:
            raise SettingsError(
                f"EI_USERS_FILE: the user {user.name!r} is listed twice: remove one"
            )
        if not check_hash(user.password):
            raise SettingsError(
                f"EI_USERS_FILE: the password of {user.name!r} is not an argon2 hash: "
                "make one with `python -m apps.gateway.passwords`"
            )
        found[user.name] = user
    return found


def _one_line(error: Exception) -> str:
    if isinstance(error, yaml.YAMLError):  # its text quotes the file, possibly a password hash
        mark = getattr(error, "problem_mark", None)
        return f"not YAML, line {mark.line + 1}" if mark else "not YAML"
    return " ".join(str(error).split())
