"""A sequence in MOTChallenge format: `gt/gt.txt`, `seqinfo.ini`, and pictures or a video."""

from __future__ import annotations

import configparser
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path

import av
import numpy as np

from apps.runtime.errors import ElasticError
from apps.vision.image import encode_jpeg, image_size
from tools.evaluation.classes import MotClass
from tools.evaluation.sample import Sample, Thing

__all__ = ["MotFolder"]

#: Folders that differ only in this suffix show the same world.
_CAMERA = re.compile(r"-camera\d+\Z")
#: High JPEG quality for pictures of a video, which are already compressed.
_QUALITY = 95


class MotFolder:
    """One camera's sequence.

    Args:
        folder: folder of the sequence.
        classes: meaning of the class numbers.
        every: step between pictures.
        frames: number of first pictures; 0 for all.

    Raises:
        ElasticError: A file is missing, or a line is invalid.
    """

    def __init__(
        self, folder: Path, classes: Mapping[int, MotClass], *, every: int = 1, frames: int = 0
    ) -> None:
        self.name = folder.name
        self.world = str(folder.parent / _CAMERA.sub("", folder.name))
        self.labels = frozenset(entry.label for entry in classes.values())
        self._folder = folder
        self._classes = classes
        self._every = every
        self._frames = frames
        self._lines = self._read()
        self._images = self._image_folder()
        if self._images is None and not (folder / "video.mp4").is_file():
            raise ElasticError(f"{folder}: Neither pictures in img1/ nor a video.mp4 found")

    def __iter__(self) -> Iterator[Sample]:
        """The pictures, in order.

        Raises:
            ElasticError: A picture is damaged.
        """
        for number, data in self._pictures():
            width, height = image_size(data)
            things = [
                thing for line in self._lines[number] for thing in self._thing(line, width, height)
            ]
            yield Sample(f"{self.name} {number}", data, width, height, tuple(things))

    def _read(self) -> dict[int, list[list[float]]]:
        """Values of each line by number of the picture, starting at 1."""
        path = self._folder / "gt" / "gt.txt"
        lines: dict[int, list[list[float]]] = defaultdict(list)
        try:
            for number, text in enumerate(path.read_text(encoding="ascii").splitlines(), 1):
                values = [float(value) for value in text.split(",")]
                if len(values) < 7:
                    raise ElasticError(f"{path}, line {number}: {len(values)} values, not 7 to 9")
                lines[int(values[0])].append(values[1:])
        except (OSError, ValueError) as error:
            raise ElasticError(f"{path}: Not a MOT file: {error}") from error
        return lines

    def _image_folder(self) -> Path | None:
        info = configparser.ConfigParser()
        info.read(self._folder / "seqinfo.ini", encoding="utf-8")
        images = self._folder / info.get("Sequence", "imDir", fallback="img1")
        return images if images.is_dir() else None

    def _pictures(self) -> Iterator[tuple[int, bytes]]:
        if self._images is not None:
            for path in sorted(self._images.iterdir()):
                if path.stem.isdigit() and self._wanted(int(path.stem)):
                    yield int(path.stem), path.read_bytes()
            return
        with av.open(self._folder / "video.mp4") as film:
            for number, frame in enumerate(film.decode(video=0), 1):
                if self._frames and number > self._frames:
                    return
                if self._wanted(number):
                    pixels = np.asarray(frame.to_ndarray(format="bgr24"), np.uint8)
                    yield number, encode_jpeg(pixels, _QUALITY)

    def _wanted(self, number: int) -> bool:
        return (number - 1) % self._every == 0 and (not self._frames or number <= self._frames)

    def _thing(self, line: list[float], width: int, height: int) -> Iterator[Thing]:
        """The object of one line if its class is known.

        Args:
            line: identity, left, top, width, height, flag and optionally class and visibility;
                pixel coordinates start at 1.
            width: width of the picture, pixels.
            height: height of the picture, pixels.
        """
        identity, left, top, wide, high, flag, number, visibility = [*line, 1.0, 1.0][:8]
        meaning = self._classes.get(int(number))
        if meaning is None:
            return
        left, top = left - 1, top - 1
        yield Thing(
            label=meaning.label,
            box=(left / width, top / height, (left + wide) / width, (top + high) / height),
            counts=bool(flag) and meaning.counts,
            identity=int(identity),
            visibility=visibility,
        )
