"""Report of an evaluation, as data and as text."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from msgspec import Struct

from tools.evaluation.detection_accuracy import DetectionAccuracy
from tools.evaluation.machine import Machine
from tools.evaluation.recognition_accuracy import RecognitionAccuracy
from tools.evaluation.speed import Speed

__all__ = ["Evaluation", "Report", "as_text"]

Row = tuple[str, ...]

_DETECTION = ("model", "class", "things", "AP50", "AP50-95", "recall", "precision", "from score")
_RECOGNITION = ("model", "known", "views", "rank-1", "mAP", "cosine same", "other")
_SPEED = ("model", "runs", "MB", "decode", "prepare", "infer", "parse", "total ms", "frames/s")


class Evaluation(Struct, frozen=True):
    """Results of one model.

    Attributes:
        model: `<model>/<precision>`, with a suffix such as `@f32` for a set inference precision.
        bytes: size of its files.
        runs: precision of the computation on the device.
        detection: one entry per data set, for a detector.
        recognition: one entry, for an embedder.
        speed: None if not measured.
    """

    model: str
    bytes: int
    runs: str
    detection: tuple[DetectionAccuracy, ...] = ()
    recognition: tuple[RecognitionAccuracy, ...] = ()
    speed: Speed | None = None


class Report(Struct, frozen=True):
    """Results of one command.

    Attributes:
        machine: machine and versions.
        models: results in the order of the arguments.
    """

    machine: Machine
    models: tuple[Evaluation, ...]


def as_text(report: Report) -> str:
    """Tables for a terminal, with machine and versions."""
    parts = [*_detection(report), *_recognition(report)]
    parts.append(_table(_SPEED, [row for entry in report.models for row in _speed_rows(entry)]))
    parts.append(_provenance(report))
    return "\n\n".join(part for part in parts if part)


def _detection(report: Report) -> Iterator[str]:
    """One table per data set."""
    every = [found for entry in report.models for found in entry.detection]
    for name, pictures in dict.fromkeys((found.data, found.pictures) for found in every):
        rows: list[Row] = [
            (
                entry.model, one.label, str(one.things), f"{one.ap50:.3f}", f"{one.ap50_95:.3f}",
                f"{one.recall:.3f}", f"{one.precision:.3f}", f"{found.threshold:.2f}",
            )
            for entry in report.models for found in entry.detection if found.data == name
            for one in found.classes
        ]  # fmt: skip
        yield f"{name}: {pictures} pictures\n{_table(_DETECTION, rows)}"


def _recognition(report: Report) -> Iterator[str]:
    rows: list[Row] = [
        (
            entry.model, str(one.identities), str(one.views), f"{one.rank1:.3f}",
            f"{one.mean_ap:.3f}", f"{one.same:.2f}", f"{one.other:.2f}",
        )
        for entry in report.models for one in entry.recognition
    ]  # fmt: skip
    seen = [one for entry in report.models for one in entry.recognition]
    if seen:
        yield f"{seen[0].data}: {seen[0].cameras} cameras\n{_table(_RECOGNITION, rows)}"


def _speed_rows(entry: Evaluation) -> Iterator[Row]:
    if entry.speed is not None:
        speed = entry.speed
        steps = (speed.decode_ms, speed.prepare_ms, speed.infer_ms, speed.parse_ms)
        yield (
            entry.model, entry.runs, f"{entry.bytes / 1e6:.2f}", *(f"{s:.2f}" for s in steps),
            f"{sum(steps):.2f}", f"{entry.speed.frames_per_second:.0f}",
        )  # fmt: skip


def _table(heads: Row, rows: Sequence[Row]) -> str:
    """A table with aligned columns, numbers right-aligned."""
    if not rows:
        return ""
    columns = list(zip(heads, *rows, strict=True))
    widths = [max(map(len, column)) for column in columns]
    words = [place == 0 or not column[1][:1].isdigit() for place, column in enumerate(columns)]
    lines = [
        "  ".join(
            cell.ljust(width) if left else cell.rjust(width)
            for cell, width, left in zip(row, widths, words, strict=True)
        ).rstrip()
        for row in (heads, *rows)
    ]
    return "\n".join(lines)


def _provenance(report: Report) -> str:
    machine = report.machine
    vectors = ", ".join(machine.vectors) or "no vectors"
    where = (
        f"{machine.at} UTC on {machine.processor} ({vectors}), {machine.cores:g} cores, "
        f"load {machine.load:g}; OpenVINO {machine.openvino}, Python {machine.python}"
    )
    lines = [where]
    timed = [entry.speed for entry in report.models if entry.speed is not None]
    if timed:
        lines += [
            f"steps: median processor time in ms, one thread, pictures of {timed[0].picture}",
            f"frames/s: inference alone, asynchronous, {timed[0].threads} threads, by the clock",
        ]
    if timed and machine.busy:
        lines.append("other processes used the machine: compare frames/s only within this run")
    return "\n".join(lines)
