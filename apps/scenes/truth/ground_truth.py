"""Ground truth of a picture, to evaluate detectors and trackers."""

from __future__ import annotations

from typing import Self

from msgspec import Struct

from apps.pipeline.messages import Box
from apps.scenes.drawing.camera import SceneCamera
from apps.scenes.world.mover import Label

__all__ = ["HIDDEN", "CameraTruth", "GroundTruth", "SubjectTruth", "box_in"]

#: Things with a lower visibility need not be detected.
HIDDEN = 0.1


class SubjectTruth(Struct, frozen=True, kw_only=True):
    """One thing in one picture.

    A cyclist appears twice: in the `bike`, whose box contains both, and as a `person` with `riding`
    set, which evaluations usually ignore.

    Attributes:
        identity: constant over time and in every camera of one world; see `Mover`.
        label: kind of thing.
        box: x_min, y_min, x_max, y_max of its outline with hidden parts, cut off at the edges of
            the picture; 0..1 of the picture.
        visibility: share of the thing that is inside the picture and not hidden, 0..1.
        position: x and y of its middle on the ground, metres.
        heading: radians counter-clockwise from the x axis.
        speed: metres per second.
        distance: from the camera, metres.
        height: metres.
        riding: whether it is the rider of a bicycle.
    """

    identity: int
    label: Label
    box: Box
    visibility: float
    position: tuple[float, float]
    heading: float
    speed: float
    distance: float
    height: float
    riding: bool = False


class GroundTruth(Struct, frozen=True, kw_only=True):
    """The ground truth of one picture.

    Attributes:
        scene: name of the scene.
        camera: number of the camera.
        frame: number of the picture, from 0.
        seconds: time of the world.
        width: pixels.
        height: pixels.
        shake: offset of the picture from the geometry of the camera, pixels.
        subjects: the things in the picture, the nearest last.
    """

    scene: str
    camera: int
    frame: int
    seconds: float
    width: int
    height: int
    shake: tuple[int, int]
    subjects: tuple[SubjectTruth, ...]


class CameraTruth(Struct, frozen=True, kw_only=True):
    """Geometry of a camera.

    Attributes:
        camera: its number.
        position: metres; z is its height above the ground.
        heading: radians counter-clockwise from the x axis.
        pitch: radians below the horizon.
        focal: pixels.
        width: pixels.
        height: pixels.
        ground_to_picture: homography from (x, y, 1) in metres to homogeneous pixels, by rows.
    """

    camera: int
    position: tuple[float, float, float]
    heading: float
    pitch: float
    focal: float
    width: int
    height: int
    ground_to_picture: tuple[tuple[float, ...], ...]

    @classmethod
    def of(cls, number: int, camera: SceneCamera) -> Self:
        """The geometry of a camera, as data."""
        rows = [tuple(float(value) for value in row) for row in camera.ground_to_picture]
        return cls(
            camera=number,
            position=(camera.x, camera.y, camera.z),
            heading=camera.heading,
            pitch=camera.pitch,
            focal=camera.focal,
            width=camera.width,
            height=camera.height,
            ground_to_picture=tuple(rows),
        )


def box_in(at: tuple[float, float, float, float], width: int, height: int) -> Box | None:
    """Convert a rectangle in pixels to a box of the picture; None if it is outside.

    Args:
        at: left, top, right, bottom, pixels.
        width: of the picture, pixels.
        height: of the picture, pixels.
    """
    left, top = max(0.0, round(at[0] / width, 5)), max(0.0, round(at[1] / height, 5))
    right, bottom = min(1.0, round(at[2] / width, 5)), min(1.0, round(at[3] / height, 5))
    return (left, top, right, bottom) if left < right and top < bottom else None
