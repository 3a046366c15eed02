"""Which ways into the gateway there are: what the settings ask for, checked at start."""

from __future__ import annotations

import hashlib
import ipaddress
import secrets
from dataclasses import dataclass, field

from apps.gateway.auth.users import User, load_users
from apps.gateway.settings import GatewaySettings
from apps.runtime.errors import SettingsError
from apps.runtime.secret_file import read_secret

__all__ = ["Doors", "is_loopback", "open_doors"]

_SHORTEST_TOKEN = 16


@dataclass(frozen=True)
class Doors:
    """Which ways in there are.

    Attributes:
        token: of admins; empty if nobody needs one.
        printed: the token is a random one of this start, to be printed once.
        users: by name.
        open: whoever is on this machine needs nothing.
    """

    token: str = field(default="", repr=False)
    printed: bool = False
    users: dict[str, User] = field(default_factory=dict)
    open: bool = True

    @property
    def fingerprint(self) -> str:
        """Changes with a configured token, so that old sessions end; a random one means nothing."""
        return "random" if self.printed else hashlib.sha256(self.token.encode()).hexdigest()[:16]


def is_loopback(host: str) -> bool:
    """Whether the host is a name or address of this machine itself."""
    if host.lower().rstrip(".") in {"localhost", "ip6-localhost"}:
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def open_doors(settings: GatewaySettings) -> Doors:
    """The ways in that the settings ask for.

    Raises:
        SettingsError: a file cannot be read, or the token is too short.
    """
    users = load_users(settings.users_file)
    token = _read_token(settings.gateway_token_file)
    if token or users:
        return Doors(token=token, users=users, open=False)
    if is_loopback(settings.gateway_host):
        return Doors()
    return Doors(token=secrets.token_urlsafe(24), printed=True, open=False)


def _read_token(path: str) -> str:
    token = read_secret(path, "EI_GATEWAY_TOKEN_FILE").strip()
    if path and (len(token) < _SHORTEST_TOKEN or any(mark.isspace() for mark in token)):
        raise SettingsError(
            f"EI_GATEWAY_TOKEN_FILE: write one word of at least {_SHORTEST_TOKEN} characters"
        )
    return token
