"""Merging of the detections of several models."""

from __future__ import annotations

import numpy as np

from apps.pipeline.messages import Box, Detection
from tools.train.data.clips import agreed

CLASSES = {"person": ("person",), "vehicle": ("car", "bus", "vehicle")}


def seen(label: str, box: Box) -> Detection:
    return Detection(label=label, score=0.9, box=box)


def test_what_two_models_see_is_sure_and_lies_between_their_boxes() -> None:
    answers = [[seen("car", (0.1, 0.1, 0.5, 0.5))], [seen("vehicle", (0.1, 0.1, 0.54, 0.52))]]
    ((label, box, sure),) = agreed(answers, CLASSES)
    assert (label, sure) == ("vehicle", True)
    np.testing.assert_allclose(box, [0.1, 0.1, 0.52, 0.51])


def test_what_one_model_sees_is_unsure_even_twice() -> None:
    twice = [seen("person", (0.1, 0.1, 0.2, 0.5)), seen("person", (0.1, 0.1, 0.2, 0.49))]
    assert [sure for _, _, sure in agreed([twice, []], CLASSES)] == [False]


def test_things_apart_and_things_of_two_classes_are_two() -> None:
    person = seen("person", (0.1, 0.1, 0.2, 0.5))
    apart, other = seen("person", (0.6, 0.1, 0.7, 0.5)), seen("bus", (0.1, 0.1, 0.2, 0.5))
    assert len(agreed([[person], [apart, other]], CLASSES)) == 3


def test_other_classes_are_left_out() -> None:
    assert agreed([[seen("bottle", (0.1, 0.1, 0.2, 0.5))]], CLASSES) == []
