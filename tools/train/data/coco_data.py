"""Pictures with boxes, read from COCO files: scenes, real pictures, and users' own data alike."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

__all__ = ["TrainingSample", "read_coco"]


@dataclass(frozen=True)
class TrainingSample:
    """One picture and what is in it.

    Attributes:
        path: of the picture.
        boxes: float32 [N, 4], x_min, y_min, x_max, y_max in 0..1 of the picture.
        classes: int64 [N], index into the wanted classes.
        ignored: bool [N], neither to be found nor to be punished: crowds, what is hidden.
    """

    path: Path
    boxes: npt.NDArray[np.float32]
    classes: npt.NDArray[np.int64]
    ignored: npt.NDArray[np.bool_]


def read_coco(
    annotations: Path,
    classes: Mapping[str, Sequence[str]],
    *,
    images: Path | None = None,
    ids: Iterable[int] | None = None,
    least_visible: float = 0.0,
    ignore: Iterable[str] = (),
) -> list[TrainingSample]:
    """Every picture of a COCO file; including those without boxes, which are negative examples.

    Args:
        annotations: the file.
        classes: by class that is learnt, the names of the categories that belong to it.
        images: folder of the pictures; the file's own if None.
        ids: of the pictures wanted; None for all.
        least_visible: boxes with a smaller `visibility`, where there is one, are ignored.
        ignore: names of categories whose boxes are ignored.

    Raises:
        ValueError: no category of the file belongs to a class.
    """
    content: Any = json.loads(annotations.read_text(encoding="utf-8"))
    names = {category["id"]: category["name"] for category in content["categories"]}
    index = {
        number: place
        for place, members in enumerate(classes.values())
        for number, name in names.items()
        if name in members
    }
    if not index:
        raise ValueError(
            f"{annotations}: its categories are {', '.join(sorted(names.values()))}; none belongs "
            f"to {', '.join(classes)}"
        )
    unwanted = set(ignore)
    wanted = None if ids is None else set(ids)
    found: dict[int, list[Any]] = defaultdict(list)
    for entry in content["annotations"]:
        if entry["category_id"] in index:
            found[entry["image_id"]].append(entry)
    samples = []
    for image in content["images"]:
        if wanted is not None and image["id"] not in wanted:
            continue
        entries = found[image["id"]]
        size = np.array([image["width"], image["height"]] * 2, np.float32)
        boxes = np.array([entry["bbox"] for entry in entries], np.float32).reshape(-1, 4)
        boxes[:, 2:] += boxes[:, :2]
        hidden = [
            bool(entry.get("iscrowd"))
            or entry.get("visibility", 1.0) < least_visible
            or names[entry["category_id"]] in unwanted
            for entry in entries
        ]
        samples.append(
            TrainingSample(
                path=(images or annotations.parent) / image["file_name"],
                boxes=np.clip(boxes / size, 0, 1),
                classes=np.array([index[entry["category_id"]] for entry in entries], np.int64),
                ignored=np.array(hidden, np.bool_),
            )
        )
    return samples
