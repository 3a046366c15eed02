"""Identities of callers, and what they may see and do."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from fnmatch import fnmatchcase

from apps.gateway.http.problem import ProblemError
from apps.pipeline.messages import stream_id
from apps.runtime.errors import WireError

__all__ = ["ANONYMOUS", "LOCAL", "TOKEN", "Identity", "UserRole", "required"]

_SIGN_IN = "Sign in: with a cookie from POST /api/session, or `Authorization: Bearer <token>`"


class UserRole(StrEnum):
    """The role of a user of the gateway."""

    VIEWER = "viewer"  # look at the streams that they may see, and try pictures
    ADMIN = "admin"  # see everything, and change streams


@dataclass(frozen=True)
class Identity:
    """A caller of the gateway."""

    role: UserRole  #: decides what they may do
    user: str | None = None  #: user name; None for bearers of the token and for local callers
    #: patterns (`*` and `?`) of stream names or ids that a viewer may see
    streams: tuple[str, ...] = ("*",)
    local: bool = False  #: the call comes from this machine, where signing in is not needed
    session: str = ""  #: digest of the session; empty without a cookie

    @property
    def admin(self) -> bool:
        """Whether they may change things."""
        return self.role is UserRole.ADMIN

    @property
    def sees_everything(self) -> bool:
        """Whether they may see every stream."""
        return self.admin or "*" in self.streams

    def may_see(self, identity: str) -> bool:
        """Whether they may see the stream of that id."""
        if self.sees_everything:
            return True
        try:
            name, _ = stream_id.split(identity)
        except WireError:
            return False
        return any(
            fnmatchcase(name, pattern) or fnmatchcase(identity, pattern) for pattern in self.streams
        )


#: A caller on this machine, while the gateway listens on loopback only.
LOCAL = Identity(UserRole.ADMIN, local=True)
#: A bearer of the token.
TOKEN = Identity(UserRole.ADMIN)
#: A caller of a route without a required role.
ANONYMOUS = Identity(UserRole.VIEWER, streams=())


def required(identity: Identity | None, *, admin: bool) -> Identity:
    """The identity, if it suffices.

    Raises:
        ProblemError: 401 without an identity, 403 if an admin is required.
    """
    if identity is None:
        challenge = {"WWW-Authenticate": "Bearer"}
        raise ProblemError(401, _SIGN_IN, headers=challenge)
    if admin and not identity.admin:
        raise ProblemError(403, "Only admins may do this")
    return identity
