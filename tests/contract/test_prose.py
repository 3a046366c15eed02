"""Docs, comments, docstrings and messages do not use wording that the project avoids."""

from __future__ import annotations

import pytest

from tools.checks import prose

#: Folders whose text is still to be rewritten. Shorten this list, never lengthen it.
PENDING = (
    "apps/pipeline/",
    "apps/runtime/",
    "tests/integration/",
    "tests/unit/",
    "tools/bench/",
    "tools/evaluation/",
    "tools/train/",
    "tools/validation/",
    "spa/src/",
)
FOLDERS = ("apps", "container", "docs", "kubernetes", "models", "spa", "tests", "tools")


@pytest.mark.parametrize("folder", FOLDERS)
def test_a_folder_uses_plain_wording(folder: str) -> None:
    found = [line for path in prose.files([folder]) for line in prose.findings(path)]
    assert [line for line in found if not line.startswith(PENDING)] == []


def test_the_pages_of_the_root_use_plain_wording() -> None:
    pages = [path for path in prose.files() if path.parent == prose.ROOT]
    assert [line for path in pages for line in prose.findings(path)] == []
