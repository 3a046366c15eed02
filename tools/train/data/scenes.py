"""Draws synthetic scenes into training data: pictures with boxes, and cut-out people.

Each camera of each world becomes one folder below the cache, in the form of COCO, so that a scene
is read like other labelled data. Frames lie seconds apart, so that no two look alike, and all
cameras of a world are drawn at the same moments, so that the same person is seen from two sides.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import cv2
import msgspec
import numpy as np

from apps.scenes.arrays import Bytes
from apps.scenes.catalogue import PLANS, build
from apps.scenes.truth.coco import coco_file
from apps.scenes.truth.ground_truth import GroundTruth
from tools.train.data.people import SMALLEST, cut_out, store_people
from tools.train.settings import SceneSet

__all__ = ["SceneView", "draw_scenes", "views"]

#: Minimum visible share of a person for training.
_LEAST_VISIBLE = 0.4
_JPEG_QUALITY = 94


@dataclass(frozen=True)
class SceneView:
    """One camera of one world.

    Attributes:
        scene: name of the scene.
        seed: of the world.
        camera: number.
    """

    scene: str
    seed: int
    camera: int

    def folder(self, wanted: SceneSet) -> str:
        """Name of its folder: another one for other pictures of the same view."""
        kind = (wanted.frames[self.scene], wanted.every, wanted.width, wanted.height)
        counts = sorted(wanted.counts.items())
        mark = hashlib.sha256(repr((kind, counts)).encode()).hexdigest()[:8]
        return f"{self.scene}-{self.seed}-{self.camera}-{mark}"


def views(wanted: SceneSet) -> list[SceneView]:
    """Every view of a set, seed by seed."""
    return [
        SceneView(scene, seed, camera)
        for seed in range(wanted.first_seed, wanted.first_seed + wanted.seeds)
        for scene in wanted.frames
        for camera in wanted.cameras
    ]


def draw_scenes(wanted: SceneSet, cache: Path, processes: int = 0) -> list[Path]:
    """Draw what is missing of a set.

    Args:
        wanted: which views, and how many frames of each.
        cache: folder in which each view gets its own.
        processes: how many draw at once; 0 for one per core.

    Returns:
        The COCO file of each view.
    """
    todo = [
        view
        for view in views(wanted)
        if not (cache / view.folder(wanted) / "instances.json").exists()
    ]
    if todo:
        workers = min(processes or os.cpu_count() or 1, len(todo))
        with ProcessPoolExecutor(workers) as pool:
            for done, _ in enumerate(pool.map(partial(_draw, wanted, cache), todo), start=1):
                print(f"drawn {done} of {len(todo)} views", flush=True)
    return [cache / view.folder(wanted) / "instances.json" for view in views(wanted)]


def _draw(wanted: SceneSet, cache: Path, view: SceneView) -> None:
    cv2.setNumThreads(1)
    folder = cache / view.folder(wanted)
    folder.mkdir(parents=True, exist_ok=True)
    settings = replace(PLANS[view.scene].usual, seed=view.seed, camera=view.camera, **wanted.counts)
    scene = build(settings)
    truths, people = [], []
    for number in _moments(wanted, view):
        pixels, truth = scene.frame(number)
        truths.append(truth)
        people += list(_people(pixels, truth))
        small = cv2.resize(pixels, (wanted.width, wanted.height), interpolation=cv2.INTER_AREA)
        name = folder / f"{number + 1:06d}.jpg"
        cv2.imwrite(str(name), small, [cv2.IMWRITE_JPEG_QUALITY, _JPEG_QUALITY])
    store_people(folder / "people.npz", people)
    content = _scaled(truths, wanted.width, wanted.height)
    (folder / "instances.json").write_text(json.dumps(content))


def _moments(wanted: SceneSet, view: SceneView) -> Iterable[int]:
    """Numbers of the frames: the same for all cameras of a world, others in another world."""
    start = 30 + view.seed * 7 % 40
    step = wanted.every + view.seed % 7
    return range(start, start + step * wanted.frames[view.scene], step)


def _scaled(truths: Sequence[GroundTruth], width: int, height: int) -> dict[str, Any]:
    """The scene's own COCO file, for pictures of another size."""
    smaller = [msgspec.structs.replace(truth, width=width, height=height) for truth in truths]
    content: dict[str, Any] = msgspec.to_builtins(coco_file(smaller, "{:06d}.jpg"))
    return content


def _people(pixels: Bytes, truth: GroundTruth) -> Iterable[tuple[int, int, float, Bytes]]:
    """All sufficiently visible people: identity, frame, visibility, and the cut-out."""
    for subject in truth.subjects:
        x_min, y_min, x_max, y_max = subject.box
        high = (y_max - y_min) * truth.height
        if subject.label != "person" or subject.riding:
            continue
        if high < SMALLEST or subject.visibility < _LEAST_VISIBLE:
            continue
        box = np.array([x_min * truth.width, y_min * truth.height, x_max * truth.width,
                        y_max * truth.height])  # fmt: skip
        yield subject.identity, truth.frame, subject.visibility, cut_out(pixels, box)
