"""Reads files that hold a password or a token; all secret files are read here."""

from __future__ import annotations

from pathlib import Path

from apps.runtime.errors import SettingsError

__all__ = ["read_secret"]


def read_secret(path: str, variable: str) -> str:
    """The secret in a file, without trailing line ends; empty for an empty path.

    Args:
        path: of the file.
        variable: the setting that names the file, such as `EI_QUEUE_PASSWORD_FILE`; for the error.

    Raises:
        SettingsError: the file cannot be read, or is not UTF-8 text.
    """
    if not path:
        return ""
    try:
        return Path(path).read_text(encoding="utf-8").rstrip("\r\n")
    except OSError as error:
        raise SettingsError(f"{variable}={path}: {error.strerror}; check the path") from error
    except UnicodeDecodeError as error:
        raise SettingsError(f"{variable}={path}: Not UTF-8 text") from error
