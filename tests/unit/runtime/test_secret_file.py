"""Secret files: read in one place, with errors that name the setting."""

from __future__ import annotations

from pathlib import Path

import pytest

from apps.runtime.errors import SettingsError
from apps.runtime.secret_file import read_secret


def test_an_empty_path_has_an_empty_secret() -> None:
    assert read_secret("", "EI_QUEUE_PASSWORD_FILE") == ""


@pytest.mark.parametrize("ending", ["", "\n", "\r\n"])
def test_line_ends_after_the_secret_are_removed(tmp_path: Path, ending: str) -> None:
    (tmp_path / "secret").write_bytes(f" hunter 2 {ending}".encode())
    assert read_secret(str(tmp_path / "secret"), "EI_QUEUE_PASSWORD_FILE") == " hunter 2 "


def test_a_missing_file_is_an_error_with_setting_and_path(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"EI_QUEUE_PASSWORD_FILE=.*none: No such file"):
        read_secret(str(tmp_path / "none"), "EI_QUEUE_PASSWORD_FILE")


def test_bytes_that_are_not_text_are_an_error(tmp_path: Path) -> None:
    (tmp_path / "secret").write_bytes(b"\xff\xfe")
    with pytest.raises(SettingsError, match="Not UTF-8"):
        read_secret(str(tmp_path / "secret"), "EI_GATEWAY_TOKEN_FILE")
