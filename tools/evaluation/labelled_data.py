"""What people mean by `--data`: a COCO file, a folder, or a scene."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from apps.runtime.errors import ElasticError
from tools.evaluation.classes import Classes
from tools.evaluation.coco_pictures import CocoPictures
from tools.evaluation.drawn_scene import DrawnScene
from tools.evaluation.mot_folder import MotFolder
from tools.evaluation.sample import LabelledData

__all__ = ["Selection", "open_data"]

#: What is looked at of a sequence where nobody says otherwise: its neighbours say the same.
_EVERY, _FRAMES = 10, 300


@dataclass(frozen=True, slots=True)
class Selection:
    """Which pictures of the data are looked at.

    Attributes:
        every: of a sequence or scene, only every so many-th picture; 0 for the usual.
        frames: of a sequence or scene, the first so many pictures; 0 for all, or the usual of a
            scene, which has no end.
        limit: of a COCO file, so many pictures at most; 0 for all.
        pictures: folder of the pictures of COCO files; None for the file's own.
    """

    every: int = 0
    frames: int = 0
    limit: int = 0
    pictures: Path | None = None


def open_data(text: str, classes: Classes, selection: Selection) -> Iterator[LabelledData]:
    """Every piece of labelled data that a text names.

    Args:
        text: `synthetic:…`, a COCO file, a folder with an `instances.json` or a MOT sequence, or a
            folder of such folders.
        classes: meaning of the class numbers of MOT files.
        selection: which pictures.

    Raises:
        ElasticError: it is none of these, or its files are wrong.
    """
    if text.startswith("synthetic:"):
        every, frames = selection.every or _EVERY, selection.frames or _FRAMES
        yield DrawnScene(text, every=every, frames=frames)
        return
    path = Path(text).expanduser()
    folders = [path] if _is_sequence(path) else [p for p in _folders(path) if _is_sequence(p)]
    if path.is_file():
        yield CocoPictures(path, selection.pictures, limit=selection.limit)
    elif folders:
        every = selection.every or _EVERY
        for folder in folders:
            yield MotFolder(folder, classes.mot, every=every, frames=selection.frames)
    elif (path / "instances.json").is_file():
        yield CocoPictures(path / "instances.json", selection.pictures, limit=selection.limit)
    else:
        raise ElasticError(
            f"{text}: no labelled data there: name a COCO file, a folder with instances.json, or "
            "one with gt/gt.txt and its pictures (tools/make-scene.sh makes both)"
        )


def _is_sequence(folder: Path) -> bool:
    return (folder / "gt" / "gt.txt").is_file()


def _folders(folder: Path) -> list[Path]:
    return sorted(path for path in folder.iterdir() if path.is_dir()) if folder.is_dir() else []
