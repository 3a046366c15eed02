"""Opens the value of `--data`: a COCO file, a folder, or a scene."""

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

#: Default selection of a sequence: neighbouring pictures are similar.
_EVERY, _FRAMES = 10, 300


@dataclass(frozen=True, slots=True)
class Selection:
    """Selection of pictures.

    Attributes:
        every: step between pictures of a sequence or scene; 0 for the default.
        frames: number of first pictures of a sequence or scene; 0 for all (of a scene, which is
            endless, for the default).
        limit: maximum number of pictures of a COCO file; 0 for all.
        pictures: folder of the pictures of COCO files; None for the folder of the file.
    """

    every: int = 0
    frames: int = 0
    limit: int = 0
    pictures: Path | None = None


def open_data(text: str, classes: Classes, selection: Selection) -> Iterator[LabelledData]:
    """Open all labelled data that a text names.

    Args:
        text: `synthetic:…`, a COCO file, a folder with an `instances.json` or a MOT sequence, or a
            folder of such folders.
        classes: meaning of the class numbers of MOT files.
        selection: selection of pictures.

    Raises:
        ElasticError: The text is none of these, or a file is invalid.
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
            f"{text}: No labelled data found: name a COCO file, a folder with instances.json, or "
            "one with gt/gt.txt and its pictures (tools/make-scene.sh makes both)"
        )


def _is_sequence(folder: Path) -> bool:
    return (folder / "gt" / "gt.txt").is_file()


def _folders(folder: Path) -> list[Path]:
    return sorted(path for path in folder.iterdir() if path.is_dir()) if folder.is_dir() else []
