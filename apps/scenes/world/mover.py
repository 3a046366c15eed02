"""Whatever may be in the world, at one moment: the answer of the simulation."""

from __future__ import annotations

import math
from enum import StrEnum
from typing import Self

from msgspec import Struct
from msgspec.structs import replace

__all__ = ["Label", "Mover"]


class Label(StrEnum):
    """What a thing is, in the words that detectors use."""

    PERSON = "person"
    VEHICLE = "vehicle"
    BIKE = "bike"
    CONE = "cone"


class Mover(Struct, frozen=True, kw_only=True):
    """One thing at one moment.

    Attributes:
        identity: the same for life, in every camera: people count from 1, vehicles from 1001,
            bicycles from 2001, cones from 4001.
        label: what it is.
        x: metres.
        y: metres.
        heading: radians counter-clockwise from east.
        speed: metres per second.
        walked: metres since the start; drives the gait.
    """

    identity: int
    label: Label
    x: float
    y: float
    heading: float
    speed: float
    walked: float

    def towards(self, later: Self, share: float) -> Mover:
        """Between this moment and a later one of the same thing.

        Args:
            later: the same thing.
            share: 0 for now, 1 for then.
        """
        turn = math.remainder(later.heading - self.heading, 2 * math.pi)
        return replace(
            self,
            x=self.x + (later.x - self.x) * share,
            y=self.y + (later.y - self.y) * share,
            heading=self.heading + turn * share,
            speed=self.speed + (later.speed - self.speed) * share,
            walked=self.walked + (later.walked - self.walked) * share,
        )
