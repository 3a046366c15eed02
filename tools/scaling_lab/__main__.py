"""Simulation of autoscaling policies before they run in a cluster.

    tools/simulate-scaling.sh compare [POLICY.yaml ...]   shipped policy and others on six loads
    tools/simulate-scaling.sh compare --trace FILE        the same on a recorded load
    tools/simulate-scaling.sh check POLICY.yaml ...       explain the faults of a policy
    tools/simulate-scaling.sh claims                      check the promises of the shipped policy
    tools/simulate-scaling.sh prices                      cost of other policies for equal loss
    tools/simulate-scaling.sh windows                     shipped policy with other windows
    tools/simulate-scaling.sh behaviours                  shipped policy with other limits
    tools/simulate-scaling.sh calibrate [FOLDER]          the model against a real controller
    tools/simulate-scaling.sh plan [--cameras N ...]      size a site beyond one machine
    tools/simulate-scaling.sh write [--check]             write docs/scaling.md and its figure

A POLICY is a HorizontalPodAutoscaler or a KEDA ScaledObject. `check` exits with 1 if it finds a
fault, `claims` if a promise is not kept, and `write --check` if a file is out of date.
"""

from __future__ import annotations

import argparse
import os
import sys
from dataclasses import fields
from pathlib import Path

from apps.runtime.errors import SettingsError
from tools.scaling_lab import document, tables
from tools.scaling_lab.calibration import calibrate, recordings
from tools.scaling_lab.claims import check_all
from tools.scaling_lab.comparison import compare
from tools.scaling_lab.diagnosis import diagnose
from tools.scaling_lab.load import LOADS, record
from tools.scaling_lab.manifest import load_scaling, others, shipped
from tools.scaling_lab.simulation import Cluster
from tools.scaling_lab.site import Site, plan

ROOT = Path(__file__).resolve().parents[2]

LOGS = Path(os.environ.get("EI_TEST_DATA", ROOT.parent / "shared" / "data")) / "scaling"


def _compare(asked: argparse.Namespace) -> int:
    scalings = [shipped(), *(load_scaling(path) for path in asked.policies)]
    if not asked.policies:
        scalings += others()
    loads = [record(asked.trace, asked.column)] if asked.trace else LOADS
    print(tables.comparison(row for load in loads for row in compare(load, scalings, Cluster())))
    return 0


def _check(asked: argparse.Namespace) -> int:
    faults = 0
    for path in asked.policies:
        found = diagnose(load_scaling(path), Cluster())
        faults += len(found)
        print(f"{path}: {'No faults found' if not found else ''}")
        for finding in found:
            print(f"  {finding.fault}: {finding.text}")
    return 1 if faults else 0


def _claims(_: argparse.Namespace) -> int:
    rows = [compare(load, [shipped(), *others()], Cluster()) for load in LOADS]
    found = list(check_all(rows, LOADS))
    print(tables.claims(found))
    return 0 if all(claim.kept for claim in found) else 1


def _table(asked: argparse.Namespace) -> int:
    print(asked.make())
    return 0


def _calibrate(asked: argparse.Namespace) -> int:
    print(tables.calibration(calibrate(recorded) for recorded in recordings(asked.folder)))
    return 0


def _plan(asked: argparse.Namespace) -> int:
    given = {field.name: getattr(asked, field.name) for field in fields(Site)}
    print(tables.plan(plan(Site(**given))))
    return 0


def _write(asked: argparse.Namespace) -> int:
    stale = []
    for path, text in document.texts(LOGS if LOGS.is_dir() else None).items():
        if path.is_file() and path.read_text(encoding="utf-8") == text:
            continue
        stale.append(path.relative_to(ROOT))
        if not asked.check:
            path.write_text(text, encoding="utf-8")
    if asked.check and stale:
        print(f"{', '.join(map(str, stale))}: run tools/simulate-scaling.sh write", file=sys.stderr)
        return 1
    for path in stale:
        print(f"wrote {path}")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="simulate-scaling.sh",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def command(name: str, run: object, text: str) -> argparse.ArgumentParser:
        made = commands.add_parser(name, help=text, description=text)
        made.set_defaults(run=run)
        return made

    made = command("compare", _compare, "policies side by side")
    made.add_argument("policies", nargs="*", type=Path, metavar="POLICY.yaml")
    made.add_argument("--trace", type=Path, help="CSV file, one row a second")
    made.add_argument("--column", default="fps", help="column with frames per second (fps)")
    made = command("check", _check, "explain the faults of a policy")
    made.add_argument("policies", nargs="+", type=Path, metavar="POLICY.yaml")
    command("claims", _claims, "check the promises of the shipped policy")
    for name, make, text in (
        ("prices", tables.prices, "cost of the other policies for the same loss"),
        ("windows", tables.windows, "the shipped policy with other windows"),
        ("behaviours", tables.behaviours, "the shipped policy with other limits and stabilisation"),
    ):
        command(name, _table, text).set_defaults(make=make)
    made = command("calibrate", _calibrate, "compare the model with logs of a real controller")
    made.add_argument("folder", nargs="?", type=Path, default=LOGS)
    made = command("plan", _plan, "size a site beyond one machine")
    for field in fields(Site):
        flag = f"--{field.name.replace('_', '-')}"
        kind = type(field.default)
        made.add_argument(flag, type=kind, default=field.default, help=f"default {field.default}")
    made = command("write", _write, "write docs/scaling.md and its figure")
    made.add_argument(
        "--check", action="store_true", help="write nothing; fail if a file is out of date"
    )
    return parser


def main() -> int:
    """Run one command."""
    asked = _parser().parse_args()
    try:
        return int(asked.run(asked))
    except SettingsError as error:
        print(f"simulate-scaling: {error}", file=sys.stderr)
        return 2


if __name__ == "__main__":
    raise SystemExit(main())
