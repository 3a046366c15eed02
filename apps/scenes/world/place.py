"""A place: where people walk, where vehicles drive, what stands around, and who looks at it.

A place is a description in metres and knows nothing of pixels. `places.py` has those that exist.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from apps.scenes.shapes.mesh import Colour, Point

__all__ = ["Lane", "Mount", "Node", "Patch", "Place", "Prop", "Signal", "Texture", "Weather"]

#: Surfaces of `texture.py`.
Texture = Literal["", "asphalt", "slabs", "bricks", "plaster", "grass", "wood", "tiles"]


@dataclass(frozen=True)
class Node:
    """A point that people walk to.

    Attributes:
        x: metres.
        y: metres.
        spread: everybody keeps up to this far from it, metres.
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
        points: of the line, metres; corners are rounded by more points.
        bikes: for bicycles.
        stop: metres from its start at which one waits while the light is red; 0 without.
        phase: of the signal at which it may be passed.
    """

    points: tuple[tuple[float, float], ...]
    bikes: bool = False
    stop: float = 0.0
    phase: int = 0


@dataclass(frozen=True)
class Signal:
    """Lights that give way in turn.

    Attributes:
        green: seconds of each phase; the last one is for those who walk.
        clear: seconds of red for everybody after each phase.
    """

    green: tuple[float, ...]
    clear: float = 3.5

    def phase(self, seconds: float) -> int:
        """Whose turn it is; -1 for nobody's."""
        return self.turn(seconds)[0]

    def turn(self, seconds: float) -> tuple[int, float]:
        """Whose turn it is (-1 for nobody's), and for how many seconds more."""
        gone = seconds % (sum(self.green) + self.clear * len(self.green))
        for number, green in enumerate(self.green):
            if gone < green:
                return number, green - gone
            gone -= green
            if gone < self.clear:
                return -1, self.clear - gone
            gone -= self.clear
        return -1, 0.0  # only by rounding


@dataclass(frozen=True)
class Patch:
    """A flat piece of the surroundings.

    Attributes:
        corners: convex, metres.
        colour: in white light.
        texture: of the surface.
        glow: shines by itself at night, 0..1.
    """

    corners: tuple[Point, ...]
    colour: Colour
    texture: Texture = ""
    glow: float = 0.0


@dataclass(frozen=True)
class Prop:
    """Something solid that stands around and hides what is behind it.

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
    """Where a camera hangs.

    Attributes:
        at: metres.
        to: a point in the middle of its picture, metres.
        field: horizontal field of view, degrees.
    """

    at: Point
    to: Point
    field: float


@dataclass(frozen=True)
class Weather:
    """Light of a place, and what the air and the sensor do to it.

    Attributes:
        sun: towards the sun, in world axes; not normalised.
        direct: strength of the sun, 0..1.
        ambient: strength of the light of the sky, 0..1.
        tint: of all light; blue, green, red.
        swing: how much the light comes and goes, 0..1.
        noise: standard deviation of the sensor's noise, 0..255.
        lamps: of the street, at night: ground points, metres.
    """

    sun: Point = (-0.55, -0.6, 0.75)
    direct: float = 0.45
    ambient: float = 0.72
    tint: Colour = (1.0, 1.0, 1.0)
    swing: float = 0.07
    noise: float = 2.0
    lamps: tuple[tuple[float, float], ...] = ()


@dataclass(frozen=True)
class Place:
    """Everything that stays.

    Attributes:
        nodes: that people walk between.
        links: pairs of nodes that are connected.
        crossings: those of the links that may only be entered at the signal's last phase.
        lanes: of vehicles and bicycles.
        signal: traffic lights; None without.
        mounts: cameras.
        patches: ground, walls and windows, those behind first.
        props: what stands around.
        weather: light and air.
        indoors: has no sky and no long shadows.
        shake: of the cameras in the wind, pixels of a picture 1280 wide.
    """

    nodes: tuple[Node, ...]
    links: tuple[tuple[int, int], ...]
    mounts: tuple[Mount, ...]
    patches: tuple[Patch, ...]
    props: tuple[Prop, ...] = ()
    crossings: frozenset[tuple[int, int]] = frozenset()
    lanes: tuple[Lane, ...] = ()
    signal: Signal | None = None
    weather: Weather = Weather()
    indoors: bool = False
    shake: float = 1.2
