r"""Checks that files, labels, shapes and preprocessing of a model match its manifest.

    tools/validate-model.sh models/my-model
    tools/validate-model.sh models/my-model --data my-labels/instances.json --out /tmp
    tools/validate-model.sh yolox-nano --models ~/downloads --precision FP32

It prints the result of each check and writes pictures with the model's boxes for inspection. The
pictures are synthetic scenes with people and vehicles unless --data names others.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from apps.gateway.live.drawing import draw
from apps.runtime import cpu_quota
from apps.runtime.errors import ElasticError, ModelError
from apps.vision.models.catalogue import MODELS
from apps.vision.models.manifest import ModelManifest, load_manifest
from tools.evaluation.classes import load_classes
from tools.evaluation.labelled_data import Selection, open_data
from tools.validation.examination import Examination
from tools.validation.finding import Verdict

#: Default pictures: large people, and vehicles.
SCENES = ("synthetic:shop?seed=71", "synthetic:crossing?seed=72", "synthetic:street?seed=73")
#: Default pictures for embedders: the same people from two sides.
CROWD = ("synthetic:crowd?seed=74&camera=0", "synthetic:crowd?seed=74&camera=1")
_EVERY, _FRAMES = 60, 240
_MARKS = {Verdict.GOOD: "  ok ", Verdict.NOTE: " note", Verdict.PROBLEM: "WRONG"}


def main(argv: Sequence[str] | None = None) -> int:
    """Check and report; return 0, 1 if there are problems, or 2 if the model cannot be found."""
    asked = _parser().parse_args(argv)
    try:
        manifest, folder = _manifest(asked.model)
        wanted = asked.precision or list(manifest.precisions)
        unknown = sorted(set(wanted) - set(manifest.precisions))
        if unknown:
            offered = ", ".join(manifest.precisions)
            raise ModelError(
                f"{manifest.name}: Unknown precision {', '.join(unknown)}; available: {offered}"
            )
        examination = _examination(manifest, folder, asked)
        problems = sum(_examine(examination, precision, asked.out) for precision in wanted)
    except ElasticError as error:
        print(f"validate-model: {error}", file=sys.stderr)
        return 2
    print(f"{problems} problems: see WRONG above" if problems else "No problems found")
    return 1 if problems else 0


def _manifest(text: str) -> tuple[ModelManifest, Path]:
    """The manifest, and the parent of its folder."""
    named = Path(text) / "model.yaml" if Path(text).is_dir() else Path(text)
    path = named if named.is_file() else MODELS / text / "model.yaml"
    if not path.is_file():
        raise ModelError(
            f"{text}: Model not found: name a folder with a model.yaml, or one of models/"
        )
    return load_manifest(path.resolve()), path.resolve().parents[1]


def _examination(manifest: ModelManifest, folder: Path, asked: argparse.Namespace) -> Examination:
    classes = load_classes()
    usual = CROWD if manifest.family == "embedding" else SCENES
    selection = Selection(_EVERY, 0 if asked.data else _FRAMES, pictures=asked.pictures)
    data = [piece for text in asked.data or usual for piece in open_data(text, classes, selection)]
    folders = [folder, *asked.models]
    return Examination(manifest, folders, data, classes, cpu_quota.threads())


def _examine(examination: Examination, precision: str, out: Path) -> int:
    """Report one precision; return the number of problems."""
    name = f"{examination.manifest.name}/{precision}"
    print(name)
    problems = broken = 0
    for finding in examination.findings(precision):
        print(f"  {_MARKS[finding.verdict]}  {finding.check}: {finding.text}", flush=True)
        problems += finding.verdict is Verdict.PROBLEM
        broken += finding.verdict is Verdict.PROBLEM and finding.check in {"load", "outputs"}
    if not broken:
        out.mkdir(parents=True, exist_ok=True)
        for number, result in enumerate(examination.pictures(precision), 1):
            path = out / f"{name.replace('/', '-')}-{number}.jpg"
            path.write_bytes(draw(result))
            print(f"         {path}: {len(result.detections)} boxes")
    return problems


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="validate-model.sh",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("model", metavar="MODEL", help="a folder with a model.yaml, or a name")
    add = parser.add_argument
    add(
        "--precision",
        action="append",
        default=[],
        metavar="P",
        help="check only this precision (repeat for more)",
    )
    add("--models", type=Path, action="append", default=[], metavar="DIR",
        help="further folder with model files")  # fmt: skip
    add("--data", action="append", default=[], metavar="DATA",
        help="labelled pictures as for evaluate.sh (synthetic scenes)")  # fmt: skip
    add(
        "--pictures",
        type=Path,
        metavar="DIR",
        help="folder with a COCO file's pictures (the file's own)",
    )
    add("--out", type=Path, default=Path("validation"), metavar="DIR",
        help="folder for pictures with boxes (validation/)")  # fmt: skip
    return parser


if __name__ == "__main__":
    sys.exit(main())
