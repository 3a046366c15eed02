"""Docs, comments, docstrings and messages do not use wording that the project avoids."""

from __future__ import annotations

import pytest

from tools.checks import prose

FOLDERS = ("apps", "container", "docs", "kubernetes", "models", "spa", "tests", "tools")


@pytest.mark.parametrize("folder", FOLDERS)
def test_a_folder_uses_plain_wording(folder: str) -> None:
    assert [line for path in prose.files([folder]) for line in prose.findings(path)] == []


def test_the_pages_of_the_root_use_plain_wording() -> None:
    pages = [path for path in prose.files() if path.parent == prose.ROOT]
    assert [line for path in pages for line in prose.findings(path)] == []
