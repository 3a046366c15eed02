"""What to train, as data: `tools/train/*.yaml`, or a user's own file."""

from __future__ import annotations

from pathlib import Path
from typing import Any, TypeVar

import msgspec
import yaml
from msgspec import Struct

__all__ = [
    "Clips",
    "DetectorSettings",
    "EmbedderSettings",
    "PictureSet",
    "SceneSet",
    "Schedule",
    "load_settings",
]


class SceneSet(Struct, frozen=True, forbid_unknown_fields=True):
    """Which synthetic pictures are drawn.

    Attributes:
        seeds: how many worlds.
        first_seed: of the first world; the others follow.
        frames: by scene, how many pictures of each camera.
        cameras: numbers of the cameras.
        every: pictures (of 15 per second) from one to the next.
        width: of the stored pictures, pixels; they are drawn at 1280x720.
        height: of the stored pictures, pixels.
        counts: how many `people`, `vehicles`, ... are in a world, where not as usual.
    """

    seeds: int
    first_seed: int
    frames: dict[str, int]
    cameras: tuple[int, ...] = (0, 1, 2)
    every: int = 45
    width: int = 640
    height: int = 360
    counts: dict[str, int] = {}


class Schedule(Struct, frozen=True, forbid_unknown_fields=True):
    """How long and how fast.

    Attributes:
        steps: of the optimiser, at most.
        minutes: at most, whatever the steps; 0 for no limit.
        batch: examples per step, over all processes.
        rate: the optimiser's largest.
        weight_decay: of the optimiser.
        seed: of all chance.
    """

    steps: int
    minutes: float = 0.0
    batch: int = 16
    rate: float = 2e-3
    weight_decay: float = 0.02
    seed: int = 1


class PictureSet(Struct, frozen=True, forbid_unknown_fields=True):
    """Pictures with boxes, as a COCO file.

    Attributes:
        annotations: the file, relative to the folder of data.
        images: folder of the pictures; empty for the file's own.
        train: ids of the pictures to learn from; None for all but those of `test`.
        test: ids of the pictures that are kept apart.
        ignore: categories whose boxes are neither learnt nor punished.
        weight: how often they are drawn, beside the others' 1.
    """

    annotations: str
    images: str = ""
    train: tuple[int, ...] | None = None
    test: tuple[int, ...] = ()
    ignore: tuple[str, ...] = ()
    weight: float = 1.0


class Clips(Struct, frozen=True, forbid_unknown_fields=True):
    """Videos that larger models label.

    Attributes:
        files: the videos, relative to the folder of data.
        models: that label them, as `--model` takes them.
        every: frames from one picture to the next.
        weight: how often each picture is drawn, beside the others' 1.
    """

    files: tuple[str, ...]
    models: tuple[str, ...]
    every: int = 10
    weight: float = 1.0


class DetectorSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """A detector.

    Attributes:
        name: of the model and its folder.
        classes: by class, the categories of the data that belong to it.
        width: of the input, pixels, a multiple of 32.
        height: of the input, pixels, a multiple of 32.
        channels: of the network's feature maps; see `DetectorNetwork`.
        crop: side of the square crops that are learnt from, pixels, a multiple of 32.
        least_visible: what is less visible is ignored.
        schedule: how long and how fast.
        scenes: synthetic pictures, each set drawn as often as its number of pictures says.
        pictures: real ones.
        clips: videos that larger models label.
        validation: synthetic pictures that accuracy is measured on.
        tasks: what it is good for.
        licence: of the weights.
        origin: author of the weights.
        notes: for the card: what people should know before they use it.
    """

    name: str
    classes: dict[str, tuple[str, ...]]
    schedule: Schedule
    width: int = 512
    height: int = 288
    channels: tuple[int, int, int, int, int, int] = (16, 24, 48, 64, 96, 48)
    crop: int = 256
    least_visible: float = 0.2
    scenes: tuple[SceneSet, ...] = ()
    pictures: tuple[PictureSet, ...] = ()
    clips: tuple[Clips, ...] = ()
    validation: tuple[SceneSet, ...] = ()
    tasks: tuple[str, ...] = ()
    licence: str = "not stated"
    origin: str = "trained with tools/train.sh"
    notes: str = ""


class EmbedderSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """An embedder of people.

    Attributes:
        name: of the model and its folder.
        schedule: how long and how fast.
        scenes: synthetic people, whose identity is known.
        clips: videos with real people.
        pictures: with real people.
        teacher: larger embedder that says how alike real people are.
        width: of the input, pixels.
        height: of the input, pixels.
        length: of the vectors.
        validation: synthetic people that accuracy is measured on.
        tasks: what it is good for.
        licence: of the weights.
        origin: author of the weights.
        notes: for the card: what people should know before they use it.
    """

    name: str
    schedule: Schedule
    scenes: tuple[SceneSet, ...]
    clips: tuple[Clips, ...] = ()
    pictures: tuple[PictureSet, ...] = ()
    teacher: str = ""
    width: int = 64
    height: int = 128
    length: int = 128
    validation: tuple[SceneSet, ...] = ()
    tasks: tuple[str, ...] = ()
    licence: str = "not stated"
    origin: str = "trained with tools/train.sh"
    notes: str = ""


_Kind = TypeVar("_Kind", bound=Struct)


def load_settings(path: Path, kind: type[_Kind]) -> _Kind:
    """Read settings.

    Raises:
        ValueError: the file cannot be read, or a field is missing, unknown or of the wrong type.
    """
    try:
        content: Any = yaml.safe_load(path.read_text(encoding="utf-8"))
        return msgspec.convert(content, kind)
    except (OSError, UnicodeDecodeError, yaml.YAMLError, msgspec.ValidationError) as error:
        raise ValueError(f"{path}: {' '.join(str(error).split())}") from error
