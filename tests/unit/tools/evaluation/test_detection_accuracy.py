"""Average precision is what COCO says it is, of the classes that both sides know."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.pipeline.messages import Box, Detection
from apps.runtime.errors import ElasticError
from tests.unit.tools.evaluation.pieces import Piece
from tools.evaluation.classes import load_classes
from tools.evaluation.detection_accuracy import (
    BoxRecord,
    ClassAccuracy,
    common_classes,
    measure_detection,
)
from tools.evaluation.hog import HogEngine
from tools.evaluation.sample import Thing

LEFT: Box = (0.1, 0.1, 0.4, 0.9)
RIGHT: Box = (0.6, 0.1, 0.9, 0.9)
NOWHERE: Box = (0.42, 0.0, 0.58, 0.2)
OF = {"person": "person"}


def found(box: Box, score: float, label: str = "person") -> Detection:
    return Detection(label=label, score=score, box=box)


def accuracy(things: list[Thing], detections: list[Detection]) -> ClassAccuracy:
    tally = BoxRecord(["person"])
    for sample in Piece([things]):
        tally.add(sample, detections, OF)
    (one,) = tally.classes(threshold=0.5)
    return one


def test_exact_detections_have_an_average_precision_of_one() -> None:
    one = accuracy(
        [Thing("person", LEFT), Thing("person", RIGHT)], [found(LEFT, 0.9), found(RIGHT, 0.8)]
    )
    assert (one.ap50, one.ap50_95, one.recall, one.precision) == (1, 1, 1, 1)


def test_who_finds_one_of_two_has_half() -> None:
    one = accuracy([Thing("person", LEFT), Thing("person", RIGHT)], [found(LEFT, 0.9)])
    assert one.ap50 == pytest.approx(51 / 101, abs=1e-3)  # recalls 0, 0.01, … 0.5 of 101
    assert (one.things, one.recall, one.precision) == (2, 0.5, 1)


def test_what_is_below_the_models_threshold_counts_for_the_curve_only() -> None:
    one = accuracy([Thing("person", LEFT)], [found(LEFT, 0.3)])
    assert (one.ap50, one.recall, one.precision) == (1, 0, 0)


def test_a_false_alarm_costs_precision() -> None:
    one = accuracy([Thing("person", LEFT)], [found(NOWHERE, 0.9), found(LEFT, 0.8)])
    assert (one.ap50, one.recall, one.precision) == (0.5, 1, 0.5)


def test_a_loose_box_counts_at_half_and_not_at_the_finer_overlaps() -> None:
    one = accuracy([Thing("person", (0.1, 0.1, 0.5, 0.9))], [found((0.1, 0.1, 0.4, 0.9), 0.9)])
    assert one.ap50 == 1
    assert one.ap50_95 == pytest.approx(0.6)  # IoU 0.75: six of ten thresholds


def test_what_need_not_be_found_counts_neither_way() -> None:
    things = [Thing("person", LEFT), Thing("person", RIGHT, counts=False)]
    assert accuracy(things, [found(LEFT, 0.9)]) == accuracy(
        things, [found(RIGHT, 0.95), found(LEFT, 0.9)]
    )


@given(st.lists(st.floats(0.01, 1), min_size=1, max_size=6))
def test_figures_are_shares(scores: list[float]) -> None:
    one = accuracy([Thing("person", LEFT)], [found(LEFT, score) for score in scores])
    assert 0 <= one.ap50_95 <= one.ap50 <= 1
    assert 0 <= one.precision <= 1


def test_car_bus_and_truck_are_measured_as_vehicle() -> None:
    of = common_classes(["vehicle", "person"], ["car", "bus", "dog"], load_classes())
    assert of == {"vehicle": "vehicle", "car": "vehicle", "bus": "vehicle"}


def test_a_model_and_data_without_a_common_class_are_told_apart() -> None:
    with pytest.raises(ElasticError, match=r"(?s)classes face, the data dog, person.*--classes"):
        common_classes(["face"], ["person", "dog"], load_classes())


def test_data_that_show_nothing_of_the_class_are_an_error_and_no_zero() -> None:
    engine = HogEngine(1, 0.0)
    with pytest.raises(ElasticError, match="The data has no person to measure opencv-hog with"):
        measure_detection(engine, [Piece([[]])], "piece", load_classes(), threshold=0.5)
    engine.close()


def test_a_detector_is_run_on_every_picture() -> None:
    engine = HogEngine(1, 0.0)
    pieces = [Piece([[Thing("person", LEFT)], []]), Piece([[Thing("person", RIGHT)]])]
    measured = measure_detection(engine, pieces, "two", load_classes(), threshold=0.5)
    engine.close()
    assert (measured.data, measured.pictures) == ("two", 3)
    assert [(one.label, one.things, one.ap50) for one in measured.classes] == [("person", 2, 0)]
