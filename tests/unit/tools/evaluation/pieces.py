"""Labelled data made on the spot."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from apps.vision.image import encode_jpeg
from tools.evaluation.sample import Sample, Thing

WIDTH, HEIGHT = 160, 120


@dataclass
class Piece:
    """Grey pictures with these things in them."""

    pictures: list[list[Thing]]
    labels: frozenset[str] = frozenset({"person"})
    name: str = "piece"
    world: str = ""
    data: bytes = field(
        default_factory=lambda: encode_jpeg(np.full((HEIGHT, WIDTH, 3), 90, np.uint8), 85)
    )

    def __iter__(self) -> Iterator[Sample]:
        for number, things in enumerate(self.pictures):
            yield Sample(f"picture {number}", self.data, WIDTH, HEIGHT, tuple(things))
