"""The structure of the repository keeps its limits: imports, sizes, names, paths in the docs."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from tools.checks import structure


@pytest.mark.parametrize("check", structure.CHECKS, ids=lambda check: check.__name__)
def test_the_structure_keeps_its_limits(check: Callable[[], Iterator[str]]) -> None:
    assert list(check()) == []
