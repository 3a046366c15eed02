"""Rank-1 and mean average precision of re-identification across cameras."""

from __future__ import annotations

import numpy as np
import pytest

from apps.runtime.errors import ElasticError
from tools.evaluation.recognition_accuracy import PersonView, score_views


def view(camera: int, identity: int, *vector: float, world: str = "street") -> PersonView:
    values = np.array(vector, np.float32)
    return PersonView(world, camera, identity, values / np.linalg.norm(values))


ANNA, BERT = (1, 0), (0, 1)


def test_everybody_is_known_again() -> None:
    views = [view(0, 1, *ANNA), view(0, 2, *BERT), view(1, 1, *ANNA), view(1, 2, *BERT)]
    seen = score_views(views, "street")
    assert (seen.rank1, seen.mean_ap, seen.identities, seen.cameras, seen.views) == (1, 1, 2, 2, 4)
    assert (seen.same, seen.other) == (1, 0)


def test_who_looks_like_another_is_taken_for_him() -> None:
    views = [view(0, 1, *ANNA), view(1, 1, *BERT), view(1, 2, *ANNA)]
    seen = score_views(views, "street")
    # camera 0 asks for 1 and gets 2 first; camera 1 asks for 1 where only 1 is
    assert (seen.views, seen.rank1, seen.mean_ap) == (2, 0.5, 0.75)


def test_the_own_camera_is_no_answer() -> None:
    views = [view(0, 1, *ANNA), view(0, 1, *ANNA), view(1, 1, *BERT), view(1, 2, *ANNA)]
    assert score_views(views, "street").rank1 == pytest.approx(1 / 3, abs=1e-3)


def test_one_number_in_two_worlds_is_two_individuals() -> None:
    views = [
        view(0, 1, *ANNA), view(1, 1, *ANNA),
        view(2, 1, *BERT, world="shop"), view(3, 1, *BERT, world="shop"),
    ]  # fmt: skip
    seen = score_views(views, "both")
    assert (seen.identities, seen.cameras, seen.rank1) == (2, 4, 1)


def test_who_is_seen_by_one_camera_only_is_not_asked_for() -> None:
    with pytest.raises(ElasticError, match="No individual is seen by two cameras"):
        score_views([view(0, 1, *ANNA), view(0, 2, *BERT)], "street")
