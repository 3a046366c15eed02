"""Candidates become detections in 0..1 of the picture, without duplicates, best first."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from apps.vision.models.families.candidates import Candidates, suppress, to_detections
from apps.vision.models.fit import InputPlacement

NAMES = {0: "cat", 1: "dog"}
WHOLE = InputPlacement(0, 0, 100, 50)


def found(*rows: tuple[float, float, float, float, float, int]) -> Candidates:
    """Candidates given as corners, score and class."""
    table = np.array(rows, np.float32).reshape(-1, 6)
    return Candidates(table[:, :4], table[:, 4], table[:, 5].astype(np.intp))


def test_boxes_become_relative_to_the_picture() -> None:
    (cat,) = to_detections(found((10, 10, 60, 30, 0.75, 0)), WHOLE, NAMES)
    assert (cat.label, cat.score) == ("cat", 0.75)
    assert cat.box == pytest.approx((0.1, 0.2, 0.6, 0.6))


def test_the_letterbox_is_removed() -> None:
    (cat,) = to_detections(found((30, 10, 40, 20, 0.9, 0)), InputPlacement(20, 10, 40, 20), NAMES)
    assert cat.box == pytest.approx((0.25, 0.0, 0.5, 0.5))


def test_the_best_comes_first() -> None:
    rows = [(0, 0, 9, 9, 0.5, 0), (0, 0, 9, 9, 0.9, 1), (0, 0, 9, 9, 0.7, 0)]
    scores = [cat.score for cat in to_detections(found(*rows), WHOLE, NAMES)]
    assert scores == pytest.approx([0.9, 0.7, 0.5])


def test_boxes_are_cut_off_at_the_edge_of_the_picture() -> None:
    (cat,) = to_detections(found((-10, -10, 200, 60, 0.9, 0)), WHOLE, NAMES)
    assert cat.box == (0.0, 0.0, 1.0, 1.0)


def test_boxes_outside_the_picture_are_omitted() -> None:
    assert to_detections(found((110, 0, 120, 9, 0.9, 0), (5, 5, 5, 9, 0.9, 0)), WHOLE, NAMES) == ()


def test_a_class_without_a_name_is_omitted() -> None:
    assert to_detections(found((0, 0, 9, 9, 0.9, 7)), WHOLE, NAMES) == ()


def test_a_score_never_exceeds_one() -> None:
    (cat,) = to_detections(found((0, 0, 9, 9, 1.0000001, 0)), WHOLE, NAMES)
    assert cat.score <= 1


def test_landmarks_are_converted_like_boxes() -> None:
    one = found((10, 10, 60, 30, 0.5, 0), (0, 0, 9, 9, 0.9, 0))
    marks = np.array([[[50, 25], [200, 10]], [[0, 0], [1, 1]]], np.float32)
    best, other = to_detections(one._replace(landmarks=marks), WHOLE, NAMES)
    np.testing.assert_allclose(best.landmarks or (), [(0, 0), (0.01, 0.02)], atol=1e-6)
    np.testing.assert_allclose(other.landmarks or (), [(0.5, 0.5), (1.0, 0.2)], atol=1e-6)


def test_the_better_of_two_overlapping_boxes_of_a_class_is_kept() -> None:
    kept = suppress(found((0, 0, 10, 10, 0.6, 0), (1, 1, 10, 10, 0.9, 0)), 0.5)
    assert kept.scores == pytest.approx([0.9])


def test_boxes_of_different_classes_may_overlap() -> None:
    kept = suppress(found((0, 0, 10, 10, 0.6, 0), (0, 0, 10, 10, 0.9, 1)), 0.5)
    assert sorted(kept.classes.tolist()) == [0, 1]


def test_boxes_with_little_overlap_are_kept() -> None:
    kept = suppress(found((0, 0, 10, 10, 0.6, 0), (8, 0, 18, 10, 0.9, 0)), 0.5)
    assert len(kept.scores) == 2


def test_no_candidates_give_no_detections() -> None:
    assert to_detections(suppress(found(), 0.5), WHOLE, NAMES) == ()


def overlap(a: npt.NDArray[np.float32], b: npt.NDArray[np.float32]) -> float:
    sides = np.clip(np.minimum(a[2:], b[2:]) - np.maximum(a[:2], b[:2]), 0, None)
    common = float(sides.prod())
    return common / float((a[2:] - a[:2]).prod() + (b[2:] - b[:2]).prod() - common)


boxes = st.tuples(
    st.integers(0, 20), st.integers(0, 20), st.integers(1, 20), st.integers(1, 20),
    st.integers(1, 1000), st.integers(0, 1),
)  # fmt: skip


@given(st.lists(boxes, max_size=12, unique_by=lambda box: box[4]))
def test_a_box_is_removed_only_if_it_overlaps_a_better_kept_box(
    rows: list[tuple[int, int, int, int, int, int]],
) -> None:
    before = found(*((x, y, x + w, y + h, s / 1000, c) for x, y, w, h, s, c in rows))
    after = suppress(before, 0.5)
    kept = {float(score) for score in after.scores}
    for box, score, number in zip(before.boxes, before.scores, before.classes, strict=True):
        worst = max(
            (
                overlap(box, other)
                for other, better, same in zip(*after[:3], strict=True)
                if same == number and better > score
            ),
            default=0.0,
        )
        assume(abs(worst - 0.5) > 1e-3)
        assert (float(score) in kept) == (worst < 0.5)
