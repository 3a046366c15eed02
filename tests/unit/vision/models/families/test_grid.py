"""Grid cells are in the order of the networks: by feature map and row."""

from __future__ import annotations

from apps.vision.models.families.grid import cells


def test_a_square_input_of_416_has_3549_cells() -> None:
    assert len(cells(416, 416).corners) == 3549


def test_cells_are_ordered_by_row() -> None:
    corners, strides = cells(24, 16, (8,))
    assert corners.tolist() == [[0, 0], [1, 0], [2, 0], [0, 1], [1, 1], [2, 1]]
    assert strides.tolist() == [[8]] * 6


def test_feature_maps_are_ordered_from_fine_to_coarse() -> None:
    assert cells(32, 32).strides[:, 0].tolist() == [8] * 16 + [16] * 4 + [32]
