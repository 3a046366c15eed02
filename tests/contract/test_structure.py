"""The structure of the repository keeps its limits: imports, sizes, names, paths in the docs."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from tools.checks import structure

#: `lines_of_services` is left out until apps/ is small enough.
CHECKS = [check for check in structure.CHECKS if check is not structure.lines_of_services]


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_the_structure_keeps_its_limits(check: Callable[[], Iterator[str]]) -> None:
    assert list(check()) == []
