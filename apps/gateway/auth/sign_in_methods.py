"""The ways to sign in that the settings configure, checked at start."""

from __future__ import annotations

import hashlib
import ipaddress
import secrets
from dataclasses import dataclass, field

from apps.gateway.auth.users import User, load_users
from apps.gateway.settings import GatewaySettings
from apps.runtime.errors import SettingsError
from apps.runtime.secret_file import read_secret

__all__ = ["SignInMethods", "is_loopback", "load_sign_in_methods"]

_MIN_TOKEN_LENGTH = 16


@dataclass(frozen=True)
class SignInMethods:
    """The configured ways to sign in."""

    token: str = field(default="", repr=False)  #: of admins; empty if there is none
    printed: bool = False  #: the token is random, made at this start, to be printed once
    users: dict[str, User] = field(default_factory=dict)  #: by name
    open: bool = True  #: callers on this machine need not sign in

    @property
    def fingerprint(self) -> str:
        """Changes with a configured token, so that older sessions end; constant for a random one.

        A restart with a random token must not end sessions.
        """
        return "random" if self.printed else hashlib.sha256(self.token.encode()).hexdigest()[:16]


def is_loopback(host: str) -> bool:
    """Whether the host is a loopback name or address."""
    if host.lower().rstrip(".") in {"localhost", "ip6-localhost"}:
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def load_sign_in_methods(settings: GatewaySettings) -> SignInMethods:
    """The ways to sign in that the settings configure.

    Raises:
        SettingsError: a file cannot be read, or the token is too short.
    """
    users = load_users(settings.users_file)
    token = _read_token(settings.gateway_token_file)
    if token or users:
        return SignInMethods(token=token, users=users, open=False)
    if is_loopback(settings.gateway_host):
        return SignInMethods()
    return SignInMethods(token=secrets.token_urlsafe(24), printed=True, open=False)


def _read_token(path: str) -> str:
    token = read_secret(path, "EI_GATEWAY_TOKEN_FILE").strip()
    if path and (len(token) < _MIN_TOKEN_LENGTH or any(mark.isspace() for mark in token)):
        raise SettingsError(
            f"EI_GATEWAY_TOKEN_FILE: write one word of at least {_MIN_TOKEN_LENGTH} characters"
        )
    return token
