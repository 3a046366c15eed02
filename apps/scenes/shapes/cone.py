"""A traffic cone as a solid shape: a rubber foot and a body with reflecting bands."""

from __future__ import annotations

from apps.scenes.arrays import Colour
from apps.scenes.shapes.looks import ConeLook
from apps.scenes.shapes.mesh import Mesh, box, joined, tube

__all__ = ["cone"]

_BAND: Colour = (228.0, 232.0, 234.0)
_RUBBER: Colour = (48.0, 46.0, 46.0)
#: Lower and upper ends of the bands as shares of the height, for one band and for two.
_BANDS = {1: (0.42, 0.72), 2: (0.36, 0.52, 0.66, 0.80)}
#: Height and side of the foot, as shares of the height.
_FOOT_HIGH, _FOOT_WIDE = 0.06, 0.54
#: Radii of the body at its lower and its upper end, as shares of the height.
_LOW, _TOP = 0.19, 0.045


def cone(look: ConeLook) -> Mesh:
    """The shape of a cone: x forward from its middle, y left, z up, metres."""
    tall = look.height
    side = _FOOT_WIDE * tall
    colour = look.body if look.plain_foot else _RUBBER
    foot = box(
        (0, 0, _FOOT_HIGH * tall / 2), (side, side, _FOOT_HIGH * tall), colour, round_off=0.18
    )
    marks = (_FOOT_HIGH, *_BANDS[look.bands], 1.0)
    radii = [_LOW + (_TOP - _LOW) * (at - _FOOT_HIGH) / (1 - _FOOT_HIGH) for at in marks]
    body = tube(
        [(0, 0, at * tall) for at in marks],
        [radius * tall for radius in radii],
        [_BAND if piece % 2 else look.body for piece in range(len(marks) - 1)],
        sides=14,
        gloss=0.12,
    )
    return joined([foot, body])
