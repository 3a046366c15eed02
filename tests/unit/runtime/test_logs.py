"""Logs have one line per event and no credentials."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.runtime import logs
from apps.runtime.logs import mask


@pytest.fixture
def root_logger() -> Iterator[logging.Logger]:
    """The root logger; restored after the test."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield root
    root.handlers[:] = handlers
    root.setLevel(level)


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("rtsp://admin:hunter2@10.0.0.5/live", "rtsp://***@10.0.0.5/live"),
        ("rtsp://admin:hunt@r2@10.0.0.5/live", "rtsp://***@10.0.0.5/live"),
        ("RTSP://u:p@[::1]:554/", "RTSP://***@[::1]:554/"),
        ("rtsp://token@cam/1", "rtsp://***@cam/1"),
        ("http://cam/?user=a&password=b&x=1", "http://cam/?user=a&password=***&x=1"),
        ("http://cam/?PWD=b", "http://cam/?PWD=***"),
        ("http://host/#token=abc", "http://host/#token=***"),
        ("http://host/?access_token=abc", "http://host/?access_token=***"),
        ("http://a:b@c/ and http://d:e@f/", "http://***@c/ and http://***@f/"),
        ("mail someone@example.org", "mail someone@example.org"),
        ("rtsp://10.0.0.5/live?channel=1", "rtsp://10.0.0.5/live?channel=1"),
        ("http://host/a@b", "http://host/a@b"),
    ],
)
def test_only_credentials_are_masked(text: str, masked: str) -> None:
    assert mask(text) == masked


@given(
    user=st.text(st.characters(categories=("L", "N")), min_size=1, max_size=10),
    secret=st.text(st.characters(categories=("L", "N")), min_size=12, max_size=20),
)
def test_every_password_in_an_address_is_masked(user: str, secret: str) -> None:
    text = f"cannot open 'rtsp://{user}:{secret}@camera/live': {user} was refused"
    assert secret not in mask(text)


@given(text=st.text())
def test_masking_twice_has_the_same_result(text: str) -> None:
    assert mask(mask(text)) == mask(text)


@pytest.mark.usefixtures("root_logger")
def test_without_a_terminal_a_record_is_one_line_of_json(
    capsys: pytest.CaptureFixture[str],
) -> None:
    logs.configure("streams")
    logging.getLogger("apps.x").warning("lost %s", "rtsp://u:secret@cam/\nlive")
    (line,) = capsys.readouterr().err.splitlines()
    said = json.loads(line)
    assert (said["level"], said["service"], said["logger"]) == ("warning", "streams", "apps.x")
    assert said["message"] == "lost rtsp://***@cam/\nlive"


@pytest.mark.usefixtures("root_logger")
def test_a_traceback_is_masked_and_in_the_same_line(
    capsys: pytest.CaptureFixture[str],
) -> None:
    logs.configure("streams")
    try:
        raise ValueError("rtsp://u:secret@cam/")
    except ValueError:
        logging.getLogger("apps.x").exception("failed")
    (line,) = capsys.readouterr().err.splitlines()
    assert "ValueError: rtsp://***@cam/" in json.loads(line)["traceback"]
    assert "secret" not in line


@pytest.mark.usefixtures("root_logger")
def test_on_a_terminal_a_record_is_a_line_of_text(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    logs.configure("streams")
    logging.getLogger("apps.x").info("opened rtsp://u:secret@cam/")
    line = capsys.readouterr().err
    assert line.endswith("INFO    streams: opened rtsp://***@cam/\n")


def test_records_below_the_level_are_not_logged(
    root_logger: logging.Logger, capsys: pytest.CaptureFixture[str]
) -> None:
    logs.configure("streams", "warning")
    root_logger.info("unheard")
    root_logger.warning("heard")
    assert "unheard" not in (said := capsys.readouterr().err)
    assert "heard" in said
