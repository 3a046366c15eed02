"""Benchmarks of the system: prints tables, and writes a JSON report with SVG figures."""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from apps.runtime.errors import ElasticError
from tools.bench import machine, report
from tools.bench.context import BenchModel, Context
from tools.bench.frames import Frames
from tools.bench.measurement import Findings, Measurement
from tools.bench.measurements import ALL
from tools.bench.plot import draw_curve, draw_targets

ROOT = Path(__file__).resolve().parents[2]
_DATA = Path(os.environ.get("EI_TEST_DATA", ROOT.parent / "shared" / "data"))
_FACE = "face-detection-retail-0005"
_SUBJECTS = (
    BenchModel("INT8", "face-int8"),
    BenchModel("FP32", "face-fp32"),
)


def main() -> int:
    """Run the measurements; return 0, 1 for a missed target with --strict, or 2 for an error."""
    asked = _parser().parse_args()
    if asked.list:
        for measurement in ALL:
            print(f"{measurement.name:17}{measurement.text}")
        return 0
    try:
        chosen = _chosen(asked.names)
        with tempfile.TemporaryDirectory(prefix="ei-bench-") as folder:
            context = _context(asked, Path(folder))
            return _measure(context, chosen, asked)
    except ElasticError as error:
        print(f"bench: {error}", file=sys.stderr)
        return 2


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="bench.sh", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help="measure only these (--list)")
    parser.add_argument("--list", action="store_true", help="list the measurements")
    parser.add_argument("--quick", action="store_true", help="one size, fewer and shorter samples")
    parser.add_argument("--model", metavar="M", help=f"<model>/<precision> instead of {_FACE}")
    parser.add_argument(
        "--frames", type=Path, metavar="DIR|VIDEO", help="pictures to use (a synthetic scene)"
    )
    parser.add_argument(
        "--json", type=Path, metavar="FILE", help="report file (.cache/bench/<time>.json)"
    )
    parser.add_argument(
        "--rounds", type=int, metavar="N", help="samples per figure (5; 3 with --quick)"
    )
    parser.add_argument("--strict", action="store_true", help="exit with 1 when a target is missed")
    return parser


def _chosen(names: Sequence[str]) -> list[Measurement]:
    known = {measurement.name: measurement for measurement in ALL}
    for name in names:
        if name not in known:
            raise ElasticError(f"{name}: Unknown measurement; known are {', '.join(known)}")
    return [known[name] for name in names] if names else list(ALL)


def _context(asked: argparse.Namespace, folder: Path) -> Context:
    subjects: Sequence[BenchModel] = _SUBJECTS[:1] if asked.quick else _SUBJECTS
    if asked.model:
        subjects = (BenchModel(asked.model, "bench", asked.model),)
    return Context(
        frames=Frames(asked.frames),
        subjects=subjects,
        models=[path for path in (ROOT / "models", _DATA / "models" / "omz", _DATA / "models")
                if path.is_dir()],
        rounds=asked.rounds or (3 if asked.quick else 5),
        seconds=1.5 if asked.quick else 3.0,
        quick=asked.quick,
        folder=folder,
        cores=sorted(os.sched_getaffinity(0)),
    )  # fmt: skip


def _measure(context: Context, chosen: Sequence[Measurement], asked: argparse.Namespace) -> int:
    about = {
        "at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "machine": machine.facts(),
        "models": machine.models(context.subjects, context.models),
        "rounds": context.rounds,
        "seconds": context.seconds,
        "quick": context.quick,
    }
    found: dict[Measurement, Findings] = {}
    for measurement in chosen:
        context.say(f"{measurement.name}: {measurement.text}")
        found[measurement] = asyncio.run(measurement.run(context))
        print(report.table(measurement, found[measurement]), flush=True)
        _store(found, {**about, "frames": context.frames.facts()}, asked.json)
    missed = [
        figure for findings in found.values() for figure in findings.figures
        if figure.reached is False
    ]  # fmt: skip
    return 1 if missed and asked.strict else 0


def _store(
    found: Mapping[Measurement, Findings], about: Mapping[str, object], path: Path | None
) -> None:
    """Write the report and its figures, after each measurement so that no result is lost."""
    at = str(about["at"]).replace(":", "")
    path = path or ROOT / ".cache" / "bench" / f"{at}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(report.as_json(found, about), indent=1) + "\n", encoding="utf-8")
    figures = [figure for findings in found.values() for figure in findings.figures]
    if any(figure.target for figure in figures):
        picture = draw_targets("Figures as multiples of their targets", figures)
        path.with_suffix(".svg").write_text(picture, encoding="utf-8")
    for measurement, findings in found.items():
        for number, curve in enumerate(findings.curves, start=1):
            name = f"{path.stem}-{measurement.name}-{number}.svg"
            path.with_name(name).write_text(draw_curve(curve), encoding="utf-8")
    print(f"report: {path}", file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
