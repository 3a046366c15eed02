"""Labelled pictures in COCO format, with one `instances.json`."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import msgspec
from msgspec import Struct

from apps.runtime.errors import ElasticError
from apps.vision.image import image_size
from tools.evaluation.sample import Sample, Thing

__all__ = ["CocoPictures"]


class _Image(Struct, frozen=True):
    id: int
    file_name: str
    width: int
    height: int


class _Annotation(Struct, frozen=True):
    image_id: int
    category_id: int
    bbox: tuple[float, float, float, float]
    iscrowd: int = 0


class _Category(Struct, frozen=True):
    id: int
    name: str


class _File(Struct, frozen=True):
    images: tuple[_Image, ...]
    annotations: tuple[_Annotation, ...]
    categories: tuple[_Category, ...]


class CocoPictures:
    """The pictures of one COCO file.

    Args:
        path: path of the file.
        pictures: folder of the pictures; None for the folder of the file.
        limit: maximum number of pictures; 0 for all.

    Raises:
        ElasticError: The file is not a COCO file.
    """

    world = ""

    def __init__(self, path: Path, pictures: Path | None = None, *, limit: int = 0) -> None:
        self.name = f"{path.parent.name}/{path.name}"
        self._folder = pictures or path.parent
        try:
            self._file = msgspec.json.decode(path.read_bytes(), type=_File)
        except (OSError, msgspec.DecodeError) as error:
            raise ElasticError(f"{path}: Not a COCO file with boxes: {error}") from error
        self._names = {category.id: category.name for category in self._file.categories}
        self._limit = limit or len(self._file.images)
        self.labels = frozenset(self._names.values())

    def __iter__(self) -> Iterator[Sample]:
        """The pictures, in the file's order.

        Raises:
            ElasticError: A picture is missing or damaged, or its size differs from the file.
        """
        things = self._things()
        for entry in self._file.images[: self._limit]:
            path = self._folder / entry.file_name
            try:
                data = path.read_bytes()
            except OSError as error:
                raise ElasticError(
                    f"{path}: {error.strerror}; name the folder of the pictures with --pictures"
                ) from error
            size = image_size(data)
            if size != (entry.width, entry.height):
                raise ElasticError(
                    f"{path}: The picture has {size[0]}x{size[1]} pixels, but its labels are for "
                    f"{entry.width}x{entry.height}"
                )
            yield Sample(entry.file_name, data, *size, tuple(things[entry.id]))

    def _things(self) -> dict[int, list[Thing]]:
        sizes = {entry.id: (entry.width, entry.height) for entry in self._file.images}
        found: dict[int, list[Thing]] = defaultdict(list)
        for entry in self._file.annotations:
            if entry.category_id not in self._names or entry.image_id not in sizes:
                raise ElasticError(
                    f"{self.name}: A box has picture {entry.image_id} and category "
                    f"{entry.category_id}, which are not both in the file"
                )
            width, height = sizes[entry.image_id]
            left, top, wide, high = entry.bbox
            box = (left / width, top / height, (left + wide) / width, (top + high) / height)
            counts = not entry.iscrowd
            found[entry.image_id].append(Thing(self._names[entry.category_id], box, counts))
        return found
