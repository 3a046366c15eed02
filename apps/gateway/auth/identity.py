"""Who asks, and what they may see and do."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from fnmatch import fnmatchcase
from http import HTTPStatus

from apps.gateway.http.asgi import RefusedError
from apps.pipeline.messages import stream_id
from apps.runtime.errors import WireError

__all__ = ["LOCAL", "TOKEN", "Identity", "Role", "required"]

_SIGN_IN = "sign in: with a cookie from POST /api/session, or `Authorization: Bearer <token>`"


class Role(StrEnum):
    """What somebody may do."""

    VIEWER = "viewer"  # look at the streams that they may see, and try pictures
    ADMIN = "admin"  # see everything, and change streams


@dataclass(frozen=True)
class Identity:
    """Somebody who was let in.

    Attributes:
        role: what they may do.
        user: their name; None for the bearer of the token and for whoever is on this machine.
        streams: patterns (`*` and `?`) of stream names or ids that a viewer may see.
        local: they are on this machine, where nobody has to sign in.
        session: digest of their session; empty if they came in without a cookie.
    """

    role: Role
    user: str | None = None
    streams: tuple[str, ...] = ("*",)
    local: bool = False
    session: str = ""

    @property
    def admin(self) -> bool:
        """Whether they may change things."""
        return self.role is Role.ADMIN

    @property
    def sees_everything(self) -> bool:
        """Whether no stream is hidden from them."""
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


#: Whoever is on this machine, while the gateway listens to nobody else.
LOCAL = Identity(Role.ADMIN, local=True)
#: Whoever has the token.
TOKEN = Identity(Role.ADMIN)


def required(identity: Identity | None, *, admin: bool) -> Identity:
    """The identity, if it may do that.

    Raises:
        RefusedError: 401 if nobody is signed in, 403 if they may not.
    """
    if identity is None:
        refusal = RefusedError(HTTPStatus.UNAUTHORIZED, _SIGN_IN)
        refusal.headers["WWW-Authenticate"] = "Bearer"
        raise refusal
    if admin and not identity.admin:
        raise RefusedError(HTTPStatus.FORBIDDEN, "only admins may do this")
    return identity
