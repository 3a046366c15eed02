"""Average precision as COCO has it, and the score from which to report."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from apps.pipeline.messages import Box, Detection
from tools.train.data.coco_data import TrainingSample
from tools.train.detector.average_precision import score_detections

HERE, THERE = (0.1, 0.1, 0.2, 0.5), (0.6, 0.1, 0.8, 0.5)


def holds(*boxes: Box, ignored: int = 0) -> TrainingSample:
    hidden = np.arange(len(boxes)) < ignored
    return TrainingSample(
        Path(), np.array(boxes, np.float32).reshape(-1, 4), np.zeros(len(boxes), int), hidden
    )


def found(box: Box, score: float) -> Detection:
    return Detection(label="cone", score=score, box=box)


def test_all_found_and_nothing_else_is_1() -> None:
    score = score_detections(
        [holds(HERE, THERE)], [[found(HERE, 0.9), found(THERE, 0.7)]], ["cone"]
    )
    assert score.mean == pytest.approx(1.0)
    assert score.threshold == pytest.approx(0.7)


def test_half_found_is_about_half() -> None:
    score = score_detections([holds(HERE, THERE)], [[found(HERE, 0.9)]], ["cone"])
    assert score.mean == pytest.approx(0.5, abs=0.01)


def test_nothing_found_is_0() -> None:
    assert score_detections([holds(HERE)], [[]], ["cone"]).mean == 0


def test_what_is_ignored_neither_helps_nor_hurts() -> None:
    sample, answers = holds(HERE, THERE, ignored=1), [found(HERE, 0.95), found(THERE, 0.7)]
    assert score_detections([sample], [answers], ["cone"]).mean == pytest.approx(1.0)


def test_false_alarms_with_higher_scores_hurt() -> None:
    empty = holds()
    alarms = [[found(THERE, 0.9)], [found(HERE, 0.5)]]
    assert score_detections([empty, holds(HERE)], alarms, ["cone"]).mean == pytest.approx(0.5)


def test_classes_that_are_nowhere_do_not_count() -> None:
    score = score_detections([holds(HERE)], [[found(HERE, 0.9)]], ["cone", "dragon"])
    assert set(score.ap50) == {"cone"}
