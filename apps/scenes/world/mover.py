"""The state of a thing in the world at one moment."""

from __future__ import annotations

import math
from enum import StrEnum
from typing import Self

from msgspec import Struct
from msgspec.structs import replace

__all__ = ["Label", "Mover"]


class Label(StrEnum):
    """Kind of thing, with the class names of detectors."""

    PERSON = "person"
    VEHICLE = "vehicle"
    BIKE = "bike"
    CONE = "cone"


class Mover(Struct, frozen=True, kw_only=True):
    """One thing at one moment.

    Attributes:
        identity: constant over time and in every camera: people from 1, vehicles from 1001,
            bicycles from 2001, cones from 4001.
        label: kind of thing.
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
        """Interpolate between this moment and a later one.

        Args:
            later: a later state of the same thing.
            share: 0 for this moment, 1 for the later one.
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
