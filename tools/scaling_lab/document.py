"""Keeps `docs/scaling.md` up to date: commands print the tables between markers.

A block begins with a line `<!-- simulate-scaling NAME -->` and ends with `<!-- end -->`.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

from apps.runtime.errors import SettingsError
from tools.scaling_lab import tables
from tools.scaling_lab.calibration import calibrate, recordings
from tools.scaling_lab.claims import check_all
from tools.scaling_lab.comparison import Row, compare
from tools.scaling_lab.load import LOADS
from tools.scaling_lab.manifest import others, shipped
from tools.scaling_lab.picture import draw
from tools.scaling_lab.simulation import Cluster
from tools.scaling_lab.site import Site, plan

__all__ = ["PAGE", "PICTURE", "fill", "texts"]

_ROOT = Path(__file__).resolve().parents[2]
PAGE = _ROOT / "docs" / "scaling.md"
PICTURE = _ROOT / "docs" / "scaling.svg"

_BLOCK = re.compile(r"(<!-- simulate-scaling (\w+)[^>]*-->\n)(.*?)(<!-- end -->)", re.DOTALL)


def texts(logs: Path | None) -> dict[Path, str]:
    """Contents of the page, with updated tables, and of its figure.

    Args:
        logs: folder with the logs of a real controller; None leaves their table unchanged.
    """
    rows: list[list[Row]] = []

    def all_rows() -> list[list[Row]]:
        if not rows:
            rows.extend(compare(load, [shipped(), *others()], Cluster()) for load in LOADS)
        return rows

    blocks: dict[str, Callable[[], str]] = {
        "compare": lambda: tables.comparison(row for found in all_rows() for row in found),
        "claims": lambda: tables.claims(check_all(all_rows(), LOADS)),
        "prices": tables.prices,
        "windows": tables.windows,
        "behaviours": tables.behaviours,
        "plan": lambda: tables.plan(plan(Site())),
    }
    if logs is not None:
        blocks["calibrate"] = lambda: tables.calibration(map(calibrate, recordings(logs)))
    return {PAGE: fill(PAGE.read_text(encoding="utf-8"), blocks), PICTURE: draw()}


def fill(page: str, blocks: dict[str, Callable[[], str]]) -> str:
    """The page with updated blocks; unknown blocks, such as measurements, are unchanged.

    Raises:
        SettingsError: The page lacks one of the blocks.
    """
    named = {match[2] for match in _BLOCK.finditer(page)}
    if missing := set(blocks) - named:
        raise SettingsError(f"{PAGE.name} has no block for {', '.join(sorted(missing))}")

    def updated(match: re.Match[str]) -> str:
        make = blocks.get(match[2])
        return match[0] if make is None else f"{match[1]}\n{make()}\n{match[4]}"

    return _BLOCK.sub(updated, page)
