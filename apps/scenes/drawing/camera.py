"""A pinhole camera over flat ground: converts metres to pixels, and ground pixels to metres.

The world is measured in metres: x to the east, y to the north, z up, the ground at z = 0. Pictures
are measured in pixels from the upper left corner, x to the right and y down.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import cast

import numpy as np

from apps.scenes.arrays import Floats

__all__ = ["NEAREST", "SceneCamera", "camera_at"]

#: Things nearer to the camera are not drawn, metres.
NEAREST = 0.5


@dataclass(frozen=True)
class SceneCamera:
    """Position, direction and field of view of a camera.

    Attributes:
        x: metres.
        y: metres.
        z: metres above the ground.
        heading: radians, counter-clockwise from east.
        pitch: radians below the horizon.
        field: horizontal field of view, radians.
        width: of the pictures, pixels.
        height: of the pictures, pixels.
    """

    x: float
    y: float
    z: float
    heading: float
    pitch: float
    field: float
    width: int
    height: int

    @cached_property
    def focal(self) -> float:
        """Focal length in pixels."""
        return self.width / 2 / math.tan(self.field / 2)

    @cached_property
    def position(self) -> Floats:
        """float64 [3], metres."""
        return np.array([self.x, self.y, self.z])

    @cached_property
    def axes(self) -> Floats:
        """float64 [3, 3]: rows point right, down and forward, in world coordinates."""
        sin_h, cos_h = math.sin(self.heading), math.cos(self.heading)
        sin_p, cos_p = math.sin(self.pitch), math.cos(self.pitch)
        return np.array(
            [
                [sin_h, -cos_h, 0.0],
                [-cos_h * sin_p, -sin_h * sin_p, -cos_p],
                [cos_h * cos_p, sin_h * cos_p, -sin_p],
            ]
        )

    @cached_property
    def ground_to_picture(self) -> Floats:
        """float64 [3, 3]: homography from (x, y, 1) on the ground to homogeneous pixels."""
        inner = np.array(
            [
                [self.focal, 0.0, self.width / 2],
                [0.0, self.focal, self.height / 2],
                [0.0, 0.0, 1.0],
            ]
        )
        outer = np.column_stack([self.axes[:, 0], self.axes[:, 1], -self.axes @ self.position])
        return cast(Floats, inner @ outer)

    def seen(self, points: Floats) -> Floats:
        """Convert points to the axes of the camera: right, down and forward, metres.

        Args:
            points: float [n, 3], metres.
        """
        return cast(Floats, (points - self.position) @ self.axes.T)

    def picture(self, seen: Floats) -> Floats:
        """Convert points in the axes of the camera, in front of it, to pixels.

        Args:
            seen: float [n, 3], a result of `seen` whose third column is above zero.
        """
        centre = np.array([self.width / 2, self.height / 2])
        return cast(Floats, seen[:, :2] * (self.focal / seen[:, 2:]) + centre)

    def project(self, points: Floats) -> tuple[Floats, Floats]:
        """Pixels of points, float [n, 2], and their distances along the view, metres [n].

        Points behind the camera have a depth of zero or less and meaningless pixels.
        """
        seen = self.seen(np.asarray(points, float))
        depth = seen[:, 2].copy()
        seen[:, 2] = np.where(np.abs(depth) < 1e-9, 1e-9, depth)
        return self.picture(seen), depth

    def ground(self, pixels: Floats) -> Floats:
        """The ground point of each pixel, metres, float [n, 2].

        Args:
            pixels: float [n, 2]; pixels at or above the horizon give NaN.
        """
        pixels = np.asarray(pixels, float)
        centre = np.array([self.width / 2, self.height / 2])
        rays = np.column_stack([(pixels - centre) / self.focal, np.ones(len(pixels))]) @ self.axes
        down = np.where(rays[:, 2] < -1e-9, rays[:, 2], np.nan)
        return cast(Floats, self.position[:2] + rays[:, :2] * (-self.z / down)[:, None])


def camera_at(
    at: tuple[float, float, float],
    to: tuple[float, float, float],
    field: float,
    width: int,
    height: int,
) -> SceneCamera:
    """A camera at one point, directed at another.

    Args:
        at: position, metres.
        to: the point in the middle of its picture, metres.
        field: horizontal field of view, radians.
        width: of the pictures, pixels.
        height: of the pictures, pixels.
    """
    dx, dy, dz = (b - a for a, b in zip(at, to, strict=True))
    heading, pitch = math.atan2(dy, dx), math.atan2(-dz, math.hypot(dx, dy))
    return SceneCamera(*at, heading, pitch, field, width, height)
