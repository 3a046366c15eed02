"""The sign-in token of a local system that is reachable from other machines."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from apps.local.console import Console
from apps.local.token import Token, make_token


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "::1"])
def test_on_loopback_no_token_is_made(tmp_path: Path, host: str) -> None:
    assert make_token(host, tmp_path) == Token()
    assert list(tmp_path.iterdir()) == []


def test_beyond_loopback_the_token_is_random_and_in_a_private_file(tmp_path: Path) -> None:
    token = make_token("0.0.0.0", tmp_path)
    assert token.path is not None
    assert token.path.read_text(encoding="utf-8") == token.text
    assert token.path.stat().st_mode & 0o777 == 0o600
    assert len(token.text) >= 32
    assert make_token("0.0.0.0", tmp_path).text != token.text
    assert token.text not in repr(token)


def test_the_token_is_printed_once_and_masked_in_events(tmp_path: Path) -> None:
    out = io.StringIO()
    console, token = Console(out=out), make_token("0.0.0.0", tmp_path)
    console.say(f"dashboard: http://localhost/{token.fragment}")
    assert token.text not in out.getvalue()
    console.tell(f"dashboard: http://localhost/{token.fragment}")
    assert f"http://localhost/#token={token.text}" in out.getvalue()
