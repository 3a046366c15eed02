"""The sign-in token of a local system that is reachable from other machines.

The token is made at the start, printed once, and deleted at the end. It is stored in a file, so
that a restarted gateway keeps it and no list of processes shows it.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from pathlib import Path

from apps.gateway.auth.sign_in_methods import is_loopback

__all__ = ["Token", "make_token"]


@dataclass(frozen=True)
class Token:
    """A token, and the file that holds it."""

    text: str = field(default="", repr=False)  #: the token; empty if no sign-in is required
    path: Path | None = None  #: path of the file; None if no sign-in is required

    @property
    def fragment(self) -> str:
        """Fragment for the address of the dashboard; browsers do not send it to the server."""
        return f"#token={self.text}" if self.text else ""


def make_token(host: str, folder: Path) -> Token:
    """Make a token in the folder if a gateway on that host requires one."""
    if is_loopback(host):
        return Token()
    path = folder / "token"
    path.touch(mode=0o600)
    token = Token(secrets.token_urlsafe(24), path)
    path.write_text(token.text, encoding="utf-8")
    return token
