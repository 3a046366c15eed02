"""The table, the JSON and the pictures of a report."""

from __future__ import annotations

import json
from xml.etree import ElementTree as ET

from tools.bench.measurement import Curve, Figure, Findings, Measurement, Target
from tools.bench.plot import draw_curve, draw_targets
from tools.bench.report import as_json, table


async def _nothing(_: object) -> Findings:
    return Findings()


_MEASUREMENT = Measurement("floor", "What it costs.", _nothing)
_FIGURES = (
    Figure("decode", [2.0, 1.0, 3.0], "ms"),
    Figure("F <1>", [1.2, 1.1, 1.3], target=Target(1.15)),
)
_CURVE = Curve("F & size", "megapixels", "F", {"INT8": [(0.1, 1.3), (0.9, 1.1)]})


def test_ratios_stand_above_what_has_a_unit() -> None:
    lines = table(_MEASUREMENT, Findings(_FIGURES)).splitlines()
    rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in lines if line[:1] == "|"]
    assert [row[0] for row in rows[2:]] == ["F <1>", "decode"]
    assert rows[2][1:] == ["1.2", "1.1 … 1.3", "≤ 1.15", "NO"]


def test_the_json_keeps_every_sample() -> None:
    stored = json.loads(json.dumps(as_json({_MEASUREMENT: Findings(_FIGURES)}, {"at": "now"})))
    figure = stored["measurements"]["floor"]["figures"][1]
    assert figure["samples"] == [1.2, 1.1, 1.3]
    assert (figure["minimum"], figure["median"], figure["maximum"]) == (1.1, 1.2, 1.3)
    assert (figure["target"], figure["reached"]) == ("≤ 1.15", False)


def test_pictures_are_well_formed_whatever_the_names() -> None:
    for picture in (draw_targets("T < 1", _FIGURES), draw_curve(_CURVE)):
        assert ET.fromstring(picture).tag.endswith("svg")
    assert "decode" not in draw_targets("", _FIGURES)
