"""The token of a local system that others can reach: made at start, told once, gone at the end.

It is a file's content, so that the gateway keeps it when it is started again, and so that no list
of processes shows it.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from pathlib import Path

from apps.gateway.auth.sign_in_methods import is_loopback

__all__ = ["Token", "make_token"]


@dataclass(frozen=True)
class Token:
    """A token, and the file that holds it.

    Attributes:
        text: what to sign in with; empty where nobody has to.
        path: of the file; None where nobody has to sign in.
    """

    text: str = field(default="", repr=False)
    path: Path | None = None

    @property
    def fragment(self) -> str:
        """What stands behind the dashboard's address, and is never sent to a server."""
        return f"#token={self.text}" if self.text else ""


def make_token(host: str, folder: Path) -> Token:
    """A new token in that folder, if a gateway on that host needs one."""
    if is_loopback(host):
        return Token()
    path = folder / "token"
    path.touch(mode=0o600)
    token = Token(secrets.token_urlsafe(24), path)
    path.write_text(token.text, encoding="utf-8")
    return token
