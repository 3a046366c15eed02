r"""Accuracy of models on labelled pictures, and their speed on this machine.

    tools/evaluate.sh people --data synthetic:street?seed=901
    tools/evaluate.sh yolox-nano nanodet-m opencv-hog --data labels/instances.json --pictures jpg/
    tools/evaluate.sh ei-street-detector/FP16-INT8 ei-street-detector/FP32@f32 --data scenes/
    tools/evaluate.sh reid --data 'synthetic:crowd?seed=9&camera=0' \
                           --data 'synthetic:crowd?seed=9&camera=1'

A MODEL is a task, `<model>/<precision>`, `<model>`, a folder with a model.yaml, a cascade, or
`opencv-hog`; the suffix `@f32`, `@f16` or `@bf16` sets the inference precision. DATA is a COCO
file or a folder with one, a folder with a MOT sequence or several, or a synthetic scene. Detectors
are measured by AP50 and AP50-95 (pycocotools), embedders by rank-1 and mAP across cameras.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from itertools import islice
from pathlib import Path

import msgspec

from apps.runtime import cpu_quota
from apps.runtime.errors import ElasticError
from apps.vision.models.openvino_adapter import CompileOptions
from tools.evaluation.candidate import Candidate, find_candidate
from tools.evaluation.classes import CLASSES, Classes, load_classes
from tools.evaluation.detection_accuracy import measure_detection
from tools.evaluation.labelled_data import Selection, open_data
from tools.evaluation.machine import this_machine
from tools.evaluation.recognition_accuracy import measure_recognition
from tools.evaluation.report import Evaluation, Report, as_text
from tools.evaluation.sample import LabelledData
from tools.evaluation.speed import Speed, measure_speed

#: Pictures that speed is measured on.
_TIMED = 24


def main(argv: Sequence[str] | None = None) -> int:
    """Measure and report; return 0, or 2 if a model or data is missing or invalid."""
    asked = _parser().parse_args(argv)
    try:
        classes = Classes(mot=load_classes().mot) if asked.exact else load_classes(asked.classes)
        wanted = Selection(asked.every, asked.frames, asked.limit, asked.pictures)
        data = [list(open_data(text, classes, wanted)) for text in asked.data]
        candidates = [find_candidate(text, asked.models) for text in asked.model]
        machine = this_machine()
        models = [_evaluate(one, data, classes, asked) for one in candidates]
    except ElasticError as error:
        print(f"evaluate: {error}", file=sys.stderr)
        return 2
    report = Report(machine, tuple(models))
    if asked.json:
        text = msgspec.json.format(msgspec.json.encode(report), indent=2)
        asked.json.write_bytes(text + b"\n")
    print(as_text(report))
    return 0


def _evaluate(
    candidate: Candidate,
    data: Sequence[Sequence[LabelledData]],
    classes: Classes,
    asked: argparse.Namespace,
) -> Evaluation:
    engine = candidate.engine(CompileOptions(threads=cpu_quota.threads()), everything=True)
    runs, detection, recognition = engine.info.precision, [], []
    if candidate.embeds:
        # identities are shared by all data; each piece is a camera
        pieces = [piece for named in data for piece in named]
        name = ", ".join(asked.data)
        recognition.append(measure_recognition(engine, pieces, name, classes))
    else:
        for name, named in zip(asked.data, data, strict=True):
            found = measure_detection(
                engine, named, name, classes, threshold=candidate.threshold, only=asked.only
            )
            detection.append(found)
    engine.close()
    return Evaluation(
        model=candidate.name,
        bytes=candidate.size,
        runs=runs,
        detection=tuple(detection),
        recognition=tuple(recognition),
        speed=_speed(candidate, data, asked.seconds) if asked.seconds else None,
    )


def _speed(candidate: Candidate, data: Sequence[Sequence[LabelledData]], seconds: float) -> Speed:
    samples = islice((sample for named in data for piece in named for sample in piece), _TIMED)
    return measure_speed(candidate, [sample.data for sample in samples], seconds)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="evaluate.sh",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("model", nargs="+", metavar="MODEL", help="model to measure")
    add = parser.add_argument
    add(
        "--data",
        action="append",
        required=True,
        metavar="DATA",
        help="labelled pictures (again for more)",
    )
    add(
        "--pictures",
        type=Path,
        metavar="DIR",
        help="folder with a COCO file's pictures (the file's own)",
    )
    add("--models", type=Path, action="append", default=[], metavar="DIR",
        help="folder with downloaded model files (again for more)")  # fmt: skip
    add("--every", type=_count, default=0, metavar="N",
        help="use every N-th picture of a sequence (10)")  # fmt: skip
    add("--frames", type=_count, default=0, metavar="N",
        help="use the first N pictures of a sequence (all; 300 of a scene)")  # fmt: skip
    add("--limit", type=_count, default=0, metavar="N", help="use N pictures of a COCO file (all)")
    add("--classes", type=Path, default=CLASSES, metavar="FILE",
        help="file with equivalent names (tools/evaluation/classes.yaml)")  # fmt: skip
    add("--only", action="append", default=[], metavar="CLASS",
        help="measure only this class (again for more; all that model and data share)")  # fmt: skip
    add("--exact", action="store_true", help="match names exactly: car is not vehicle")
    add("--seconds", type=_seconds, default=2.0, metavar="S",
        help="seconds per measurement of speed; 0 for none (2)")  # fmt: skip
    add("--json", type=Path, metavar="FILE", help="also write the report to this file")
    return parser


def _count(text: str) -> int:
    if not text.isdigit() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text}: Write a whole number of 1 or more")
    return int(text)


def _seconds(text: str) -> float:
    value = float(text)
    if not 0 <= value < 3600:
        raise argparse.ArgumentTypeError(f"{text}: Write seconds from 0 to 3600")
    return value


if __name__ == "__main__":
    sys.exit(main())
