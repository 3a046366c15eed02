"""The fixed part of a picture: the backdrop, and the props that can hide moving things."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from apps.scenes.arrays import Bools, Bytes
from apps.scenes.drawing.actor import Actor
from apps.scenes.drawing.backdrop import MARGIN, backdrop
from apps.scenes.drawing.camera import NEAREST, SceneCamera
from apps.scenes.drawing.compositing import Rect, intersection, overlay, place_sprite, render
from apps.scenes.drawing.sprite import COARSE
from apps.scenes.drawing.sprite_cache import PROP_HEIGHT, SpriteCache
from apps.scenes.world.place import Place

__all__ = ["Scenery", "Standing"]

_FARTHEST = 75.0


@dataclass(frozen=True)
class Standing:
    """A prop in the picture.

    Attributes:
        depth: along the camera's view, metres.
        rect: pixels of the backdrop (with margin) that it may touch.
        colours: of these pixels, uint8 [h, w, 3].
        rest: share of the background that stays visible, 0..255, uint8 [h, w, 3].
        hidden: coarse pixels that it hides, bool [h / 4, w / 4].
        coarse: left and top of `hidden` in the picture without shake, coarse pixels.
    """

    depth: float
    rect: Rect
    colours: Bytes
    rest: Bytes
    hidden: Bools
    coarse: tuple[int, int]

    def overlay_on(self, picture: Bytes, touched: Rect, shake: tuple[int, int]) -> None:
        """Draw the prop again over the changed pixels, in place."""
        left, top = self.rect.left - MARGIN + shake[0], self.rect.top - MARGIN + shake[1]
        rows, columns = self.colours.shape[:2]
        part = intersection(Rect(left, top, left + columns, top + rows), touched)
        if part is not None:
            cut = np.s_[part.top - top : part.bottom - top, part.left - left : part.right - left]
            overlay(picture, self.colours[cut], self.rest[cut], part.left, part.top)


class Scenery:
    """The fixed part of the pictures of one camera.

    Args:
        camera: that takes the pictures.
        place: the surroundings.
        sprites: gives the sprites of the props.
    """

    def __init__(self, camera: SceneCamera, place: Place, sprites: SpriteCache) -> None:
        self._size = (camera.width, camera.height)
        self._ground = backdrop(camera, place)
        self.standing = _standing(camera, place, sprites)
        for thing in self.standing:
            overlay(self._ground, thing.colours, thing.rest, thing.rect.left, thing.rect.top)
        self._depths = np.array([thing.depth for thing in self.standing])
        self._rects = np.array([thing.rect for thing in self.standing]).reshape(-1, 4)

    def empty(self, shake: tuple[int, int]) -> Bytes:
        """A new picture without moving things, uint8 [height, width, 3]."""
        width, height = self._size
        x, y = MARGIN - shake[0], MARGIN - shake[1]
        return self._ground[y : y + height, x : x + width].copy()

    def in_front(self, actors: Sequence[Actor], shake: tuple[int, int]) -> list[list[Standing]]:
        """For each actor, the props in front that may hide it, the nearest last."""
        moved = (shake[0] - MARGIN, shake[1] - MARGIN) * 2
        left, top, right, bottom = (self._rects + moved).T
        rects = np.array([actor.rect for actor in actors]).reshape(-1, 4)
        depths = np.array([actor.depth for actor in actors])
        hides = (
            (self._depths < depths[:, None])
            & (left < rects[:, 2:3])
            & (right > rects[:, 0:1])
            & (top < rects[:, 3:4])
            & (bottom > rects[:, 1:2])
        )
        found: list[list[Standing]] = [[] for _ in actors]
        for behind, before in zip(*(axis.tolist() for axis in np.nonzero(hides)), strict=True):
            found[behind].append(self.standing[before])
        return found


def _standing(camera: SceneCamera, place: Place, sprites: SpriteCache) -> list[Standing]:
    """The props in the picture, the farthest first."""
    found = []
    width, height = camera.width + 2 * MARGIN, camera.height + 2 * MARGIN
    for prop in place.props:
        ends = np.array([(prop.x, prop.y, 0.0), (prop.x, prop.y, PROP_HEIGHT)])
        pixels, depths = camera.project(ends)
        depth = float(depths[0])
        if not NEAREST * 3 < depth < _FARTHEST:
            continue
        foot, top = ((float(x) + MARGIN, float(y) + MARGIN) for x, y in pixels)
        sprite = sprites.prop(prop, depth)
        placement = place_sprite(sprite, foot, top, camera.focal / depth)
        rect = placement.rect(width, height)
        if rect is not None:
            colours, rest = render(placement, rect)
            found.append(Standing(depth, rect, colours, rest, *_coarse(rest, rect, camera)))
    return sorted(found, key=lambda thing: -thing.depth)


def _coarse(rest: Bytes, rect: Rect, camera: SceneCamera) -> tuple[Bools, tuple[int, int]]:
    """The coarse pixels that a prop hides, and their left and top."""
    width, height = camera.width, camera.height
    whole = np.zeros((height + 2 * MARGIN, width + 2 * MARGIN), np.uint8)
    whole[rect.top : rect.bottom, rect.left : rect.right] = 255 - rest[..., 0]
    inner = whole[MARGIN : MARGIN + height, MARGIN : MARGIN + width]
    size = (-(-width // COARSE), -(-height // COARSE))
    hidden = cv2.resize(inner, size, interpolation=cv2.INTER_AREA) > 127
    rows, columns = np.flatnonzero(hidden.any(axis=1)), np.flatnonzero(hidden.any(axis=0))
    if not len(rows):
        return hidden[:0, :0], (0, 0)
    top, left = int(rows[0]), int(columns[0])
    return hidden[top : rows[-1] + 1, left : columns[-1] + 1].copy(), (left, top)
