"""GridCells are numbered map by map, row by row, as the networks do."""

from __future__ import annotations

from apps.vision.models.families.grid import cells


def test_a_square_input_of_416_has_3549_cells() -> None:
    assert len(cells(416, 416).corners) == 3549


def test_columns_run_faster_than_rows() -> None:
    corners, strides = cells(24, 16, (8,))
    assert corners.tolist() == [[0, 0], [1, 0], [2, 0], [0, 1], [1, 1], [2, 1]]
    assert strides.tolist() == [[8]] * 6


def test_maps_follow_each_other_from_fine_to_coarse() -> None:
    assert cells(32, 32).strides[:, 0].tolist() == [8] * 16 + [16] * 4 + [32]
