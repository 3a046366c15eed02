"""Something of the world that is in a picture."""

from __future__ import annotations

from dataclasses import dataclass

from apps.scenes.drawing.stage import Placement, Rect
from apps.scenes.world.mover import Mover

__all__ = ["Actor"]


@dataclass(frozen=True, slots=True)
class Actor:
    """One thing, and where it appears.

    Attributes:
        mover: what it is.
        placement: of its sprite.
        rect: pixels of the picture that the sprite may touch.
        depth: along the camera's view, metres.
        height: metres.
    """

    mover: Mover
    placement: Placement
    rect: Rect
    depth: float
    height: float
