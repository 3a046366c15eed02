"""The structure of the repository keeps its limits: imports, sizes, names, paths in the docs."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from tools.checks import structure

CHECKS = (
    structure.import_cycle,
    structure.crowded_folders,
    structure.long_files,
    structure.sys_path_users,
    structure.missing_paths,
)


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_the_structure_keeps_its_limits(check: Callable[[], Iterator[str]]) -> None:
    assert list(check()) == []
