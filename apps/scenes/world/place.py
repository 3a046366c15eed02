"""A place: paths for people, lanes for vehicles, props, surroundings, light and cameras.

A place is a description in metres and knows nothing of pixels. `places.py` has those that exist.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from apps.scenes.arrays import Colour, Point

__all__ = ["Lane", "Mount", "Node", "Patch", "Place", "Prop", "SignalCycle", "Texture", "Weather"]

#: Surfaces in `texture.py`.
Texture = Literal["", "asphalt", "slabs", "bricks", "plaster", "grass", "wood", "tiles"]


@dataclass(frozen=True)
class Node:
    """A point that people walk to.

    Attributes:
        x: metres.
        y: metres.
        spread: largest distance from the point that a person keeps, metres.
        kind: `way` is passed, at a `stay` people stand for a while, through a `gate` they come
            and go.
    """

    x: float
    y: float
    spread: float = 1.0
    kind: Literal["way", "stay", "gate"] = "way"


@dataclass(frozen=True)
class Lane:
    """A line that vehicles or bicycles follow.

    Attributes:
        points: of the line, metres; more points round a corner.
        bikes: the lane is for bicycles.
        stop: position of the stop line, metres from the start; 0 without a traffic light.
        phase: phase of the traffic light that opens the lane.
    """

    points: tuple[tuple[float, float], ...]
    bikes: bool = False
    stop: float = 0.0
    phase: int = 0


@dataclass(frozen=True)
class SignalCycle:
    """The cycle of a traffic light.

    Attributes:
        green: seconds of each phase; the last one is for people who walk.
        clear: seconds of red for all directions after each phase.
    """

    green: tuple[float, ...]
    clear: float = 3.5

    def phase(self, seconds: float) -> int:
        """The phase that has green; -1 while all are red."""
        return self.turn(seconds)[0]

    def turn(self, seconds: float) -> tuple[int, float]:
        """The phase that has green (-1 while all are red), and the seconds until it changes."""
        gone = seconds % (sum(self.green) + self.clear * len(self.green))
        for number, green in enumerate(self.green):
            if gone < green:
                return number, green - gone
            gone -= green
            if gone < self.clear:
                return -1, self.clear - gone
            gone -= self.clear
        return -1, 0.0  # only reached through rounding


@dataclass(frozen=True)
class Patch:
    """A flat piece of the surroundings.

    Attributes:
        corners: convex, metres.
        colour: in white light, blue-green-red, 0..255.
        texture: of the surface.
        glow: its own light at night, 0..1.
    """

    corners: tuple[Point, ...]
    colour: Colour
    texture: Texture = ""
    glow: float = 0.0


@dataclass(frozen=True)
class Prop:
    """A fixed object that hides the things behind it.

    Attributes:
        kind: name in the table of `props.py`.
        x: metres.
        y: metres.
        turn: radians counter-clockwise.
        look: seed of its appearance.
    """

    kind: str
    x: float
    y: float
    turn: float = 0.0
    look: int = 0


@dataclass(frozen=True)
class Mount:
    """Position and aim of a camera.

    Attributes:
        at: position, metres.
        to: the point in the middle of its picture, metres.
        field: horizontal field of view, degrees.
    """

    at: Point
    to: Point
    field: float


@dataclass(frozen=True)
class Weather:
    """Light of a place, haze, and noise of the camera.

    Attributes:
        sun: direction towards the sun, in world axes; not normalised.
        direct: strength of the sun, 0..1.
        ambient: strength of the light from the sky, 0..1.
        tint: of all light; blue, green, red.
        swing: amplitude of slow changes of the light, 0..1.
        noise: standard deviation of the sensor's noise, 0..255.
        lamps: street lamps at night: ground points, metres.
    """

    sun: Point = (-0.55, -0.6, 0.75)
    direct: float = 0.45
    ambient: float = 0.72
    tint: Colour = (1.0, 1.0, 1.0)
    swing: float = 0.07
    noise: float = 2.0
    lamps: tuple[tuple[float, float], ...] = ()

    @property
    def shadow_strength(self) -> float:
        """Share of the light that a shadow takes away, 0..1."""
        return 0.2 + 0.7 * self.direct


@dataclass(frozen=True)
class Place:
    """Everything in a scene that does not move.

    Attributes:
        nodes: people walk between these points.
        links: pairs of nodes that are connected.
        crossings: links that people enter only in the last phase of the traffic light.
        lanes: of vehicles and bicycles.
        signal: cycle of the traffic lights; None without.
        mounts: cameras.
        patches: ground, walls and windows, back to front.
        props: fixed objects.
        weather: light and air.
        indoors: without sky and long shadows.
        shake: movement of the cameras in the wind, pixels of a picture 1280 wide.
    """

    nodes: tuple[Node, ...]
    links: tuple[tuple[int, int], ...]
    mounts: tuple[Mount, ...]
    patches: tuple[Patch, ...]
    props: tuple[Prop, ...] = ()
    crossings: frozenset[tuple[int, int]] = frozenset()
    lanes: tuple[Lane, ...] = ()
    signal: SignalCycle | None = None
    weather: Weather = Weather()
    indoors: bool = False
    shake: float = 1.2
