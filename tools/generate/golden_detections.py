"""Writes `tests/golden/detections/<model>.json`: the detections of each model computed in f32.

    tools/generate.sh golden-detections                       all downloaded models
    tools/generate.sh golden-detections yolox-nano …          these models
    tools/generate.sh golden-detections --data DIR            folder of test data (EI_TEST_DATA)

The most precise files of each model run in f32 on the images of `tests/golden/pictures.yaml`. Tests
compare the default precision with them. Look at the difference before committing it.
"""

from __future__ import annotations

import argparse
import json
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import av
import msgspec
import numpy as np
import yaml

from apps.pipeline.messages import Box, Detection
from apps.runtime.errors import ElasticError
from apps.vision.image import Picture, crop, decode
from apps.vision.models.catalogue import MODELS, StoredModel, resolve
from apps.vision.models.engine import Engine, EngineInfo
from apps.vision.models.manifest import ModelManifest, load_manifests
from apps.vision.models.openvino_adapter import CompileOptions
from apps.vision.models.registry import load_engine

ROOT = Path(__file__).resolve().parents[2]

GOLDEN = ROOT / "tests" / "golden" / "detections"
PICTURES = ROOT / "tests" / "golden" / "pictures.yaml"

#: Golden files also hold detections this far below the threshold of the model, to recognise those
#: that a less precise run finds just above it.
MARGIN = 0.2

#: Precisions, the most precise first.
EXACTNESS = ("FP32", "FP16", "FP16-INT8")


@dataclass(frozen=True, slots=True)
class Subject:
    """One image of `pictures.yaml`."""

    file: str
    frame: int = 0
    box: Box | None = None

    @property
    def name(self) -> str:
        """Its name in golden files."""
        part = "" if self.box is None else f" {list(self.box)}"
        return f"{self.file}#{self.frame}{part}"

    def picture(self, data: Path, info: EngineInfo) -> Picture:
        """The image as a worker decodes it for that engine."""
        path = data / self.file
        if path.suffix == ".jpg":
            picture = decode(
                path.read_bytes(), width=info.width, height=info.height, inside=info.inside
            )
        else:
            picture = video_frame(path, self.frame)
        return picture if self.box is None else Picture.of(crop(picture.pixels, self.box))


@cache
def video_frame(path: Path, number: int) -> Picture:
    """One frame of a video; cached, because all earlier frames must be decoded."""
    for index, picture in video_frames(path, 1):
        if index == number:
            return picture
    raise ElasticError(f"{path}: The video has no frame {number}")


def video_frames(path: Path, step: int) -> Iterator[tuple[int, Picture]]:
    """Every `step`-th frame of a video, with its number."""
    with av.open(path) as container:
        for index, frame in enumerate(container.decode(video=0)):
            if index % step == 0:
                yield index, Picture.of(np.asarray(frame.to_ndarray(format="bgr24"), np.uint8))


def subjects(manifest: ModelManifest) -> list[Subject]:
    """The images for a kind of model."""
    content: dict[str, Any] = yaml.safe_load(PICTURES.read_text(encoding="utf-8"))
    return msgspec.convert(content[kind_of(manifest)], list[Subject])


def kind_of(manifest: ModelManifest) -> str:
    """The group of images that suits a model."""
    labels = set(manifest.labels.values())
    if manifest.family in {"embedding", "landmarks"}:
        return "one_face" if "face" in labels else "one_person"
    if len(labels) > 10:
        return "objects"
    if {"person", "vehicle"} <= labels:
        return "streets"
    return {"face": "faces", "person": "people", "vehicle": "cars"}[min(labels)]


def exact(stored: StoredModel) -> StoredModel:
    """The model in f32, with a threshold lowered by `MARGIN`."""
    threshold = max(0.05, stored.manifest.score_threshold - MARGIN)
    manifest = msgspec.structs.replace(stored.manifest, score_threshold=round(threshold, 3))
    return replace(stored, manifest=manifest, run_precision="f32")


def golden(manifest: ModelManifest, data: Path) -> dict[str, Any] | None:
    """The content of the golden file of a model; None if it is not downloaded."""
    for precision in EXACTNESS:
        if precision not in manifest.precisions:
            continue
        try:
            stored = resolve("", [data / "models"], model=f"{manifest.name}/{precision}")
        except ElasticError:
            continue
        assert isinstance(stored, StoredModel)  # noqa: S101 - a named model is one
        engine = load_engine(exact(stored), CompileOptions(threads=os.cpu_count() or 1))
        pictures = {
            subject.name: [rounded(found) for found in detect(engine, subject, data)]
            for subject in subjects(manifest)
        }
        engine.close()
        return {"model": manifest.name, "files": precision, "pictures": pictures}
    return None


def detect(engine: Engine, subject: Subject, data: Path) -> tuple[Detection, ...]:
    """The detections of an engine in an image."""
    return engine.infer(subject.picture(data, engine.info))


def rounded(found: Detection) -> dict[str, Any]:
    """A detection rounded to four digits, as in golden files."""
    content: dict[str, Any] = json.loads(
        msgspec.json.encode(found), parse_float=lambda text: round(float(text), 4)
    )
    return content


def main(argv: Sequence[str] | None = None) -> int:
    """Write the files; returns 0."""
    parser = argparse.ArgumentParser(
        prog="generate.sh golden-detections",
        description=__doc__,
        formatter_class=argparse.RawTextHelpFormatter,
    )
    parser.add_argument("models", nargs="*")
    data = os.environ.get("EI_TEST_DATA", ROOT.parent / "shared" / "data")
    parser.add_argument("--data", type=Path, default=data)
    arguments = parser.parse_args(argv)
    GOLDEN.mkdir(parents=True, exist_ok=True)
    for name, manifest in load_manifests(MODELS).items():
        if arguments.models and name not in arguments.models:
            continue
        content = golden(manifest, arguments.data)
        if content is None:
            print(f"{name}: not downloaded")
            continue
        counts = [len(found) for found in content["pictures"].values()]
        text = msgspec.json.format(json.dumps(content), indent=1)
        (GOLDEN / f"{name}.json").write_text(text + "\n", encoding="utf-8")
        print(f"{name}: {content['files']} {counts}")
    return 0
