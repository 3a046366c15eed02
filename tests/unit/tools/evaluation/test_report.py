"""People read tables, and where their figures come from."""

from __future__ import annotations

from tools.evaluation.detection_accuracy import ClassAccuracy, DetectionAccuracy
from tools.evaluation.machine import Machine, this_machine
from tools.evaluation.recognition_accuracy import RecognitionAccuracy
from tools.evaluation.report import Evaluation, Report, as_text
from tools.evaluation.speed import Speed

MACHINE = Machine("A Processor", ("avx2",), 2, 0.1, "2026.4.1", "3.11.7", "2026-11-27 12:00")
WHERE = (
    "2026-11-27 12:00 UTC on A Processor (avx2), 2 cores, load 0.1; OpenVINO 2026.4.1, "
    "Python 3.11.7"
)
SPEED = Speed("640x480", 1, 0.5, 4, 0.25, 2, 300)


def detector(model: str, ap50: float) -> Evaluation:
    accuracy = ClassAccuracy("person", 73, ap50, 0.25, 0.5, 0.875)
    return Evaluation(
        model, 1_500_000, "INT8", detection=(DetectionAccuracy("street", 33, 0.5, (accuracy,)),),
        speed=SPEED,
    )  # fmt: skip


def test_models_stand_under_each_other_and_figures_to_the_right() -> None:
    text = as_text(Report(MACHINE, (detector("ours/FP16-INT8", 0.9), detector("old/FP32", 0.55))))
    assert text.splitlines() == [
        "street: 33 pictures",
        "model           class   things   AP50  AP50-95  recall  precision  from score",
        "ours/FP16-INT8  person      73  0.900    0.250   0.500      0.875        0.50",
        "old/FP32        person      73  0.550    0.250   0.500      0.875        0.50",
        "",
        "model           runs    MB  decode  prepare  infer  parse  total ms  frames/s",
        "ours/FP16-INT8  INT8  1.50    1.00     0.50   4.00   0.25      5.75       300",
        "old/FP32        INT8  1.50    1.00     0.50   4.00   0.25      5.75       300",
        "",
        WHERE,
        "steps: median processor time in ms, one thread, pictures of 640x480",
        "frames/s: inference alone, asynchronous, 2 threads, by the clock",
    ]


def test_an_embedder_has_a_table_of_its_own() -> None:
    seen = RecognitionAccuracy("crowd", 40, 2, 300, 0.93, 0.81, 0.59, 0.17)
    text = as_text(Report(MACHINE, (Evaluation("reid", 1, "FP32", recognition=(seen,)),)))
    assert text.splitlines()[:3] == [
        "crowd: 2 cameras",
        "model  known  views  rank-1    mAP  cosine same  other",
        "reid      40    300   0.930  0.810         0.59   0.17",
    ]


def test_a_busy_machine_is_reported() -> None:
    busy = Machine("A Processor", (), 2, 3.0, "1", "3", "now")
    assert "other processes used the machine" in as_text(Report(busy, (detector("m", 0.5),)))


def test_this_machine_is_known() -> None:
    machine = this_machine()
    assert machine.processor
    assert machine.cores > 0
    assert machine.openvino.startswith("20")
