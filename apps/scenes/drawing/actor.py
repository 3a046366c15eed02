"""A thing of the world that is in a picture."""

from __future__ import annotations

from dataclasses import dataclass

from apps.scenes.drawing.compositing import Rect, SpritePlacement
from apps.scenes.world.mover import Mover

__all__ = ["Actor"]


@dataclass(frozen=True, slots=True)
class Actor:
    """One thing, and its position in a picture.

    Attributes:
        mover: the thing.
        placement: of its sprite.
        rect: pixels of the picture that the sprite may touch.
        depth: along the camera's view, metres.
        height: metres.
    """

    mover: Mover
    placement: SpritePlacement
    rect: Rect
    depth: float
    height: float
