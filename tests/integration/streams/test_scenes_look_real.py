"""Models trained on real pictures detect and recognise drawn people and vehicles."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from apps.pipeline.messages import Box, Detection
from apps.scenes.arrays import Bytes
from apps.scenes.catalogue import PLANS, build
from apps.scenes.scene import Scene
from apps.scenes.truth.ground_truth import GroundTruth, SubjectTruth
from apps.vision.image import Picture, decode, encode_jpeg
from apps.vision.models.catalogue import resolve
from apps.vision.models.engine import Engine
from apps.vision.models.openvino_adapter import CompileOptions
from apps.vision.models.registry import load_engine

pytestmark = pytest.mark.data

VEHICLES = {"vehicle", "car", "bus", "truck"}
#: Least height of a large thing, pixels.
LARGE_PERSON, LARGE_VEHICLE = 100, 50


def scene_of(name: str, seed: int, camera: int) -> Scene:
    return build(replace(PLANS[name].usual, seed=seed, camera=camera))


def engine_of(data: Path, model: str) -> Engine:
    return load_engine(resolve("", [data / "models"], model=model), CompileOptions())


def pictures(name: str) -> Iterator[tuple[Bytes, GroundTruth]]:
    """A few pictures of a scene, with seeds that were not used for tuning."""
    for seed in (201, 202):
        for camera in (0, 1):
            scene = scene_of(name, seed, camera)
            for number in range(40, 240, 50):
                yield scene.frame(number)


def large(truth: GroundTruth, label: str, pixels: int) -> list[SubjectTruth]:
    """The large, visible subjects of a label."""
    return [
        subject
        for subject in truth.subjects
        if subject.label == label
        and not subject.riding
        and subject.visibility > 0.9
        and (subject.box[3] - subject.box[1]) * truth.height > pixels
    ]


def detect(engine: Engine, pixels: Bytes) -> tuple[Detection, ...]:
    """Detect in a JPEG of the pixels, like a worker."""
    return engine.infer(decode(encode_jpeg(pixels, 90)))


def overlap(first: Box, second: Box) -> float:
    wide = min(first[2], second[2]) - max(first[0], second[0])
    high = min(first[3], second[3]) - max(first[1], second[1])
    both = max(0.0, wide) * max(0.0, high)
    areas = [(box[2] - box[0]) * (box[3] - box[1]) for box in (first, second)]
    return both / (sum(areas) - both)


@pytest.mark.parametrize(("name", "floor"), [("crowd", 0.55), ("shop", 0.7)])
def test_a_person_detector_finds_most_large_people_and_few_false_ones(
    test_data: Path, name: str, floor: float
) -> None:
    engine = engine_of(test_data, "person-detection-retail-0013/FP16-INT8")
    hits = total = false = found = 0
    for pixels, truth in pictures(name):
        boxes = [d.box for d in detect(engine, pixels) if d.score > 0.5]
        people = large(truth, "person", LARGE_PERSON)
        hits += sum(any(overlap(box, person.box) > 0.5 for box in boxes) for person in people)
        total += len(people)
        everything = [subject.box for subject in truth.subjects]
        false += sum(all(overlap(box, other) < 0.3 for other in everything) for box in boxes)
        found += len(boxes)
    engine.close()
    assert total > 30
    assert hits / total > floor
    assert false / found < 0.1


def test_a_vehicle_detector_finds_most_large_vehicles(test_data: Path) -> None:
    engine = engine_of(test_data, "yolox-nano")
    hits = total = 0
    for pixels, truth in pictures("crossing"):
        boxes = [d.box for d in detect(engine, pixels) if d.label in VEHICLES and d.score > 0.35]
        vehicles = large(truth, "vehicle", LARGE_VEHICLE)
        hits += sum(any(overlap(box, vehicle.box) > 0.5 for box in boxes) for vehicle in vehicles)
        total += len(vehicles)
    engine.close()
    assert total >= 8
    assert hits / total > 0.55


def test_an_embedder_recognises_people_from_another_camera(test_data: Path) -> None:
    engine = engine_of(test_data, "person-reidentification-retail-0287/FP16-INT8")
    gallery, probes = (appearances(engine, scene_of("crowd", 211, camera)) for camera in (0, 1))
    engine.close()
    known = [(identity, view) for identity, views in gallery.items() for view in views]
    hits = total = 0
    for identity in gallery.keys() & probes.keys():
        for probe in probes[identity]:
            best, _ = max(known, key=lambda entry: float(entry[1] @ probe))
            hits += best == identity
            total += 1
    assert total > 15
    assert hits / total > 0.75


def appearances(engine: Engine, scene: Scene) -> dict[int, list[np.ndarray]]:
    """A few embeddings for each person of a scene."""
    found: dict[int, list[np.ndarray]] = {}
    for number in range(0, 300, 20):
        truth = scene.truth(number)
        wanted = [s for s in large(truth, "person", 90) if len(found.get(s.identity, [])) < 2]
        pixels = scene.draw(number, truth.seconds) if wanted else None
        for subject in wanted:
            x_min, y_min, x_max, y_max = subject.box
            rows = slice(int(y_min * truth.height), int(y_max * truth.height))
            columns = slice(int(x_min * truth.width), int(x_max * truth.width))
            assert pixels is not None
            crop = np.ascontiguousarray(pixels[rows, columns])
            embedding = engine.infer(Picture.of(crop))[0].embedding
            assert embedding is not None
            found.setdefault(subject.identity, []).append(np.array(embedding))
    return found
