"""Random appearances of people, vehicles and cones.

An identity must be recognisable from other sides, distances and cameras. So each person has an
individual build, gait, clothes, shoes and hair, and perhaps a bag.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, TypeVar

import numpy as np

from apps.scenes.arrays import Colour

__all__ = [
    "ConeLook",
    "Hair",
    "PersonLook",
    "VehicleLook",
    "cone_look",
    "person_look",
    "vehicle_look",
]

T = TypeVar("T")

Pattern = Literal["plain", "stripes", "blocks", "checks", "logo", "open", "vest"]
Legwear = Literal["trousers", "shorts", "skirt", "dress", "coat"]
Hair = Literal["short", "long", "bun", "bald", "cap", "beanie", "hood"]
Bag = Literal["none", "backpack", "shoulder", "hand", "trolley"]
Body = Literal["hatchback", "saloon", "estate", "van", "lorry"]

SKINS: tuple[Colour, ...] = (
    (172, 196, 232), (150, 180, 222), (122, 156, 206), (92, 128, 184), (62, 94, 148), (44, 64, 102),
)  # fmt: skip
HAIRS: tuple[Colour, ...] = (
    (24, 24, 28), (34, 40, 54), (40, 62, 96), (70, 110, 158), (112, 160, 200), (150, 152, 156),
    (38, 62, 130),
)  # fmt: skip
CLOTHS: tuple[Colour, ...] = (
    (36, 36, 40), (62, 58, 58), (120, 118, 116), (196, 196, 194), (226, 226, 224), (70, 44, 30),
    (120, 66, 36), (176, 112, 62), (206, 168, 116), (52, 84, 44), (66, 128, 74), (96, 110, 92),
    (40, 40, 148), (50, 56, 200), (60, 120, 226), (60, 186, 226), (150, 196, 214), (120, 70, 110),
    (160, 110, 196), (90, 110, 150), (60, 82, 118), (110, 138, 40), (170, 150, 40),
)  # fmt: skip
TROUSERS: tuple[Colour, ...] = (
    (40, 38, 38), (60, 56, 56), (96, 94, 92), (98, 70, 48), (130, 98, 70), (74, 50, 34),
    (110, 142, 168), (60, 78, 96), (150, 170, 186), (64, 80, 62), (190, 190, 188),
)  # fmt: skip
PAINTS: tuple[Colour, ...] = (
    (38, 36, 36), (92, 90, 88), (168, 168, 166), (206, 206, 204), (200, 204, 204), (40, 36, 158),
    (128, 66, 28), (90, 52, 26), (150, 128, 100), (48, 78, 52), (46, 120, 196), (120, 150, 170),
)  # fmt: skip


@dataclass(frozen=True)
class PersonLook:
    """Appearance and gait of a person.

    Attributes:
        height: metres, without shoes and hat.
        girth: of the body, 1 is average.
        shoulders: width, 1 is average.
        skin: colour.
        hair: colour.
        hair_style: style, or kind of headwear.
        hat: colour of the cap, beanie or hood.
        beard: whether the person has a beard.
        top: colour of the upper garment.
        second: colour of its pattern, or of the garment under it.
        pattern: of the upper garment.
        long_sleeves: whether its sleeves end at the wrist.
        legwear: kind of trousers or skirt.
        legs: colour of the legwear.
        shoes: colour.
        bag: kind of bag.
        bag_colour: its colour.
        left_handed: whether the bag is on the left.
        stride: length of a double step per metre of height.
        swing: of the arms, 1 is average.
        stoop: lean of the upper body, radians.
        pace: metres per second without obstacles.
    """

    height: float
    girth: float
    shoulders: float
    skin: Colour
    hair: Colour
    hair_style: Hair
    hat: Colour
    beard: bool
    top: Colour
    second: Colour
    pattern: Pattern
    long_sleeves: bool
    legwear: Legwear
    legs: Colour
    shoes: Colour
    bag: Bag
    bag_colour: Colour
    left_handed: bool
    stride: float
    swing: float
    stoop: float
    pace: float


@dataclass(frozen=True)
class VehicleLook:
    """Appearance of a vehicle.

    Attributes:
        body: kind of body.
        paint: its colour.
        length: metres.
        width: metres.
        height: metres.
        pace: metres per second without obstacles.
    """

    body: Body
    paint: Colour
    length: float
    width: float
    height: float
    pace: float


@dataclass(frozen=True)
class ConeLook:
    """Appearance of a traffic cone.

    Attributes:
        body: its colour.
        height: metres.
        bands: number of bright bands, 1 or 2.
        plain_foot: whether its foot has the colour of the body, not of rubber.
    """

    body: Colour
    height: float
    bands: int
    plain_foot: bool


def person_look(rng: np.random.Generator) -> PersonLook:
    """A random person."""
    child = rng.random() < 0.06
    woman = rng.random() < 0.5
    height = rng.uniform(1.2, 1.42) if child else rng.normal(1.66 if woman else 1.78, 0.065)
    top = _pick(rng, CLOTHS)
    return PersonLook(
        height=float(np.clip(height, 1.2, 2.0)),
        girth=float(np.clip(rng.normal(1.0, 0.13), 0.8, 1.4)),
        shoulders=float(np.clip(rng.normal(0.94 if woman else 1.05, 0.05), 0.82, 1.2)),
        skin=_pick(rng, SKINS),
        hair=_pick(rng, HAIRS),
        hair_style=_hair_style(rng, woman=woman),
        hat=_pick(rng, CLOTHS),
        beard=not woman and not child and rng.random() < 0.3,
        top=_varied(rng, top),
        second=_other(rng, top),
        pattern=_chance(
            rng,
            ("plain", "stripes", "blocks", "checks", "logo", "open", "vest"),
            (0.34, 0.13, 0.1, 0.12, 0.11, 0.16, 0.04),
        ),
        long_sleeves=rng.random() < 0.65,
        legwear=_legwear(rng, woman=woman),
        legs=_varied(rng, _pick(rng, TROUSERS)),
        shoes=_pick(
            rng, ((32, 32, 36), (200, 202, 204), (48, 66, 98), (52, 52, 150), (90, 88, 86))
        ),
        bag=_chance(
            rng,
            ("none", "backpack", "shoulder", "hand", "trolley"),
            (0.42, 0.2, 0.2, 0.12, 0.06),
        ),
        bag_colour=_pick(rng, CLOTHS),
        left_handed=rng.random() < 0.5,
        stride=float(rng.uniform(0.74, 0.9)),
        swing=float(rng.uniform(0.6, 1.35)),
        stoop=float(rng.uniform(0.0, 0.1)),
        pace=float(np.clip(rng.normal(1.3, 0.18), 0.85, 1.75)),
    )


def vehicle_look(rng: np.random.Generator) -> VehicleLook:
    """A random vehicle."""
    bodies: tuple[Body, ...] = ("hatchback", "saloon", "estate", "van", "lorry")
    body = _chance(rng, bodies, (0.34, 0.26, 0.22, 0.12, 0.06))
    length, width, height = {
        "hatchback": (4.0, 1.74, 1.48),
        "saloon": (4.6, 1.8, 1.44),
        "estate": (4.55, 1.86, 1.66),
        "van": (5.3, 1.95, 2.15),
        "lorry": (6.6, 2.2, 2.85),
    }[body]
    scale = rng.uniform(0.95, 1.06)
    return VehicleLook(
        body=body,
        paint=_varied(rng, _pick(rng, PAINTS)),
        length=float(length * scale),
        width=width,
        height=float(height * rng.uniform(0.97, 1.04)),
        pace=float(rng.uniform(6.5, 10.5)),
    )


def cone_look(rng: np.random.Generator) -> ConeLook:
    """A random cone, more or less weathered."""
    height = _chance(rng, (0.5, 0.75, 1.0), (0.25, 0.6, 0.15))
    faded = float(rng.uniform(0, 0.25))
    fresh = np.array(_chance(rng, ((30, 84, 236), (40, 60, 224), (44, 112, 240)), (0.6, 0.2, 0.2)))
    return ConeLook(
        body=_varied(rng, tuple((fresh + (150 - fresh) * faded).tolist())),
        height=height,
        bands=1 if height < 0.6 else 2,
        plain_foot=rng.random() < 0.3,
    )


def _legwear(rng: np.random.Generator, *, woman: bool) -> Legwear:
    kinds: tuple[Legwear, ...] = ("trousers", "shorts", "skirt", "dress", "coat")
    if woman:
        return _chance(rng, kinds, (0.52, 0.1, 0.12, 0.12, 0.14))
    return _chance(rng, kinds, (0.73, 0.17, 0.0, 0.0, 0.1))


def _hair_style(rng: np.random.Generator, *, woman: bool) -> Hair:
    kinds: tuple[Hair, ...] = ("short", "long", "bun", "bald", "cap", "beanie", "hood")
    if woman:
        return _chance(rng, kinds, (0.16, 0.5, 0.17, 0.0, 0.06, 0.07, 0.04))
    return _chance(rng, kinds, (0.52, 0.05, 0.0, 0.12, 0.14, 0.1, 0.07))


def _pick(rng: np.random.Generator, among: Sequence[Colour]) -> Colour:
    return among[int(rng.integers(len(among)))]


def _other(rng: np.random.Generator, colour: Colour) -> Colour:
    """A random colour of cloth that contrasts with another one."""
    distances = [sum(abs(a - b) for a, b in zip(cloth, colour, strict=True)) for cloth in CLOTHS]
    return _pick(rng, [c for c, far in zip(CLOTHS, distances, strict=True) if far > 150])


def _varied(rng: np.random.Generator, colour: Colour) -> Colour:
    blue, green, red = np.clip(np.array(colour) + rng.normal(0, 7, 3), 14, 238)
    return float(blue), float(green), float(red)


def _chance(rng: np.random.Generator, among: Sequence[T], weights: Sequence[float]) -> T:
    return among[int(rng.choice(len(among), p=np.array(weights) / sum(weights)))]
