"""Accuracy of an embedder: re-identification in other cameras by rank-1 and mAP.

The protocol is that of Market-1501: each view is a query among the views of the other cameras of
its world, ordered by cosine similarity. Rank-1 is the share of queries whose best match is correct.
Mean average precision rewards all correct matches at the top. Views are cropped with the true
boxes, so that only the embedder is measured.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from msgspec import Struct

from apps.runtime.errors import ElasticError
from apps.vision.image import Picture, crop, decode
from apps.vision.models.engine import Engine
from tools.evaluation.classes import Classes
from tools.evaluation.sample import LabelledData, Sample, Thing

__all__ = ["PersonView", "RecognitionAccuracy", "measure_recognition", "score_views"]

Floats = npt.NDArray[np.float32]

#: Requirements for a usable view: visible share, and height in pixels.
LEAST_VISIBILITY, LEAST_HEIGHT = 0.6, 64
#: Maximum number of views of one individual in one camera.
MOST_VIEWS = 8


class PersonView(NamedTuple):
    """One view of one individual by one camera.

    Attributes:
        world: world in which identities are unique.
        camera: number of the camera.
        identity: identity of the individual.
        vector: float32 [D], of length 1.
    """

    world: str
    camera: int
    identity: int
    vector: Floats


class RecognitionAccuracy(Struct, frozen=True):
    """Accuracy of an embedder on some data.

    Attributes:
        data: name of the data.
        identities: individuals seen by more than one camera.
        cameras: number of cameras in all worlds.
        views: number of queries.
        rank1: share of queries whose nearest view in another camera is correct, 0..1.
        mean_ap: mean average precision, 0..1.
        same: mean cosine of views of one individual in two cameras.
        other: mean cosine of views of two individuals in two cameras.
    """

    data: str
    identities: int
    cameras: int
    views: int
    rank1: float
    mean_ap: float
    same: float
    other: float


def measure_recognition(
    engine: Engine, data: Iterable[LabelledData], name: str, classes: Classes
) -> RecognitionAccuracy:
    """Embed all individuals in the data and match them between cameras.

    Args:
        engine: an embedder.
        data: labelled pictures with identities; data of one world are its cameras.
        name: display name of the data.
        classes: equivalent names.

    Raises:
        ElasticError: No individual is seen by two cameras.
    """
    wanted = classes.of(engine.info.labels[0])
    views = [
        view
        for camera, piece in enumerate(data)
        for view in _views(engine, piece, camera, wanted, classes)
    ]
    return score_views(views, name)


def score_views(views: Iterable[PersonView], name: str) -> RecognitionAccuracy:
    """Rank-1 and mean average precision of some views.

    Raises:
        ElasticError: No individual is seen by two cameras.
    """
    known = list(views)
    places = np.array([(v.camera, v.identity) for v in known], int).reshape(-1, 2)
    worlds = np.array([view.world for view in known])
    vectors = np.stack([view.vector for view in known]) if known else np.zeros((0, 1), np.float32)
    firsts, precisions, same, other = [], [], [], []
    asked = set()
    for index, view in enumerate(known):
        elsewhere = (worlds == view.world) & (places[:, 0] != view.camera)
        right = places[elsewhere, 1] == view.identity
        if not right.any():
            continue
        cosines = vectors[elsewhere] @ vectors[index]
        order = np.argsort(-cosines, kind="stable")
        firsts.append(bool(right[order[0]]))
        precisions.append(_average_precision(right[order]))
        same.append(cosines[right])
        other.append(cosines[~right])
        asked.add((view.world, view.identity))
    if not firsts:
        raise ElasticError(
            f"{name}: No individual is seen by two cameras; give cameras of one world, such "
            "as two scenes that differ only in camera=, or folders that differ only in -camera0"
        )
    return RecognitionAccuracy(
        data=name,
        identities=len(asked),
        cameras=len({(view.world, view.camera) for view in known}),
        views=len(firsts),
        rank1=round(float(np.mean(firsts)), 4),
        mean_ap=round(float(np.mean(precisions)), 4),
        same=_mean(same),
        other=_mean(other),
    )


def _views(
    engine: Engine, piece: LabelledData, camera: int, wanted: str, classes: Classes
) -> Iterator[PersonView]:
    seen: Counter[int] = Counter()
    for sample in piece:
        things = [t for t in sample.things if classes.of(t.label) == wanted and _clear(t, sample)]
        things = [thing for thing in things if seen[thing.identity] < MOST_VIEWS]
        if not things:
            continue
        pixels = decode(sample.data).pixels
        for thing in things:
            (found,) = engine.infer(Picture.of(crop(pixels, thing.box)))
            if found.embedding is not None:
                seen[thing.identity] += 1
                vector = np.array(found.embedding, np.float32)
                yield PersonView(piece.world, camera, thing.identity, vector)


def _clear(thing: Thing, sample: Sample) -> bool:
    """Whether the object is an individual and sufficiently visible."""
    high = (thing.box[3] - thing.box[1]) * sample.height
    shown = thing.visibility >= LEAST_VISIBILITY and high >= LEAST_HEIGHT
    return thing.counts and thing.identity > 0 and shown


def _average_precision(right: npt.NDArray[np.bool_]) -> float:
    """Mean of the precisions at the ranks of the correct matches."""
    ranks = np.flatnonzero(right) + 1
    return float((np.arange(1, len(ranks) + 1) / ranks).mean())


def _mean(pieces: list[npt.NDArray[Any]]) -> float:
    everything = np.concatenate(pieces)
    return round(float(everything.mean()), 4) if len(everything) else 0.0
