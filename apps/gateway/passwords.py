"""Password hashes (argon2id). `python -m apps.gateway.passwords` makes one for the users file."""

from __future__ import annotations

import getpass
import sys

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

__all__ = ["check_hash", "make_hash", "matches"]

#: argon2id with RFC 9106's low-memory parameters: 64 MiB, three passes.
_hasher = PasswordHasher()

#: Compared with the password of an unknown user, so that the check takes as long.
_UNKNOWN_USER = _hasher.hash("not the password of any user")


def make_hash(password: str) -> str:
    """The hash to write into the users file."""
    return _hasher.hash(password)


def check_hash(text: str) -> bool:
    """Whether the text is an argon2 hash."""
    try:
        _hasher.check_needs_rehash(text)
    except (InvalidHashError, ValueError):
        return False
    return text.startswith("$argon2")


def matches(password: str, stored: str | None) -> bool:
    """Whether the password has that hash; takes about 50 ms of a core, also without a hash."""
    try:
        _hasher.verify(stored or _UNKNOWN_USER, password)
    except VerificationError:
        return False
    return stored is not None


def main() -> int:
    """Ask for a password twice and print its hash."""
    password = getpass.getpass("password: ")
    if len(password) < 8:
        sys.stderr.write("Use at least 8 characters\n")
        return 2
    if getpass.getpass("again: ") != password:
        sys.stderr.write("The two passwords differ: try again\n")
        return 2
    sys.stdout.write(make_hash(password) + "\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
