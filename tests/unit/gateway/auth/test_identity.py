"""Roles, and the streams that viewers may see."""

from __future__ import annotations

import pytest

from apps.gateway.auth.identity import LOCAL, TOKEN, Identity, UserRole, required
from apps.gateway.http.problem import ProblemError


@pytest.mark.parametrize(
    ("patterns", "stream", "seen"),
    [
        (("*",), "hall:face", True),
        (("hall*",), "hall%202:face", True),
        (("hall 2",), "hall%202:face", True),
        (("yard:people",), "yard:people", True),
        (("yard:people",), "yard:face", False),
        (("hall",), "hallway:face", False),
        (("Hall",), "hall:face", False),
        ((), "hall:face", False),
        (("hall*",), "hall", False),
        (("hall*",), "hall%2G:face", False),
    ],
)
def test_a_viewer_sees_the_streams_of_their_patterns(
    patterns: tuple[str, ...], stream: str, seen: bool
) -> None:
    assert Identity(UserRole.VIEWER, "ann", patterns).may_see(stream) is seen


def test_admins_see_everything() -> None:
    assert Identity(UserRole.ADMIN, "eve", ()).may_see("hall:face")
    assert LOCAL.may_see("hall:face")
    assert TOKEN.may_see("hall:face")


def test_a_missing_identity_is_asked_to_sign_in() -> None:
    with pytest.raises(ProblemError) as refusal:
        required(None, admin=False)
    assert refusal.value.status == 401
    assert refusal.value.headers["WWW-Authenticate"] == "Bearer"


def test_viewers_change_nothing() -> None:
    viewer = Identity(UserRole.VIEWER, "ann")
    assert required(viewer, admin=False) is viewer
    with pytest.raises(ProblemError) as refusal:
        required(viewer, admin=True)
    assert refusal.value.status == 403
