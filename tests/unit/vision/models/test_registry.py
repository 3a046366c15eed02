"""A resolved model becomes an engine or a clear error."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import msgspec
import numpy as np
import pytest

from apps.runtime.errors import ModelError
from apps.vision.image import Picture
from apps.vision.models.catalogue import DetectorWithEmbedder, StoredModel
from apps.vision.models.haar import CASCADES
from apps.vision.models.manifest import ModelFile, ModelInput, ModelManifest
from apps.vision.models.openvino_adapter import CompileOptions
from apps.vision.models.registry import load_engine
from apps.vision.models.stub import StubSpec

MakeManifest = Callable[..., ModelManifest]
SaveModel = Callable[..., Path]
Describe = Callable[[Path], tuple[ModelFile, ...]]
F32 = "f32"


@pytest.fixture
def store(
    manifest: MakeManifest, save_model: SaveModel, describe: Describe
) -> Callable[..., StoredModel]:
    """Creates a stored model; the test may set fields of the manifest."""

    def make(keep: tuple[str, ...] = (), **fields: object) -> StoredModel:
        path = save_model()
        complete = manifest(precisions={"FP32": describe(path)}, **fields)
        return StoredModel(complete, "FP32", (path, path.with_suffix(".bin")), F32, keep)

    return make


def picture(blue: int) -> Picture:
    pixels = np.zeros((72, 128, 3), np.uint8)
    pixels[:, :, 0] = blue
    return Picture(pixels, 1280, 720)


def test_a_stored_model_returns_detections(store: Callable[..., StoredModel]) -> None:
    engine = load_engine(
        store(input=ModelInput(width=16, height=8, std=(400, 1, 1))), CompileOptions()
    )
    engine.warm_up()
    found = engine.infer(picture(blue=100))[0]
    engine.close()
    assert found.label == "thing"
    assert found.box == pytest.approx((0.25, 0.0, 1.0, 1.0), abs=1e-3)


def test_an_engine_reports_its_properties(store: Callable[..., StoredModel]) -> None:
    info = load_engine(store(), CompileOptions(slots=3)).info
    assert (info.model, info.precision, info.device) == ("small", "FP32", "CPU")
    assert (info.labels, info.slots, info.width, info.height) == (("thing",), 3, 16, 8)
    assert not info.inside


def test_a_letterboxed_model_needs_only_one_side(store: Callable[..., StoredModel]) -> None:
    fitted = ModelInput(width=16, height=8, resize="letterbox")
    engine = load_engine(store(input=fitted), CompileOptions())
    assert engine.info.inside
    assert engine.prepare(picture(1)).placement.width == 14
    engine.close()


def test_classes_outside_the_task_are_not_reported(
    store: Callable[..., StoredModel],
) -> None:
    engine = load_engine(store(keep=("other",)), CompileOptions())
    assert engine.info.labels == ()
    assert engine.infer(picture(200)) == ()
    engine.close()


@pytest.mark.parametrize(
    ("family", "why"),
    [
        ("yolox", "the file does not match family yolox"),
        ("nanodet", "the file does not match family nanodet"),
        ("yunet", "the file does not match family yunet"),
        ("embedding", "the file does not match family embedding"),
        ("landmarks", "the file does not match family landmarks"),
        ("boxes_labels", "the file does not match family boxes_labels"),
        ("frcnn", "unknown family frcnn; use one of boxes_labels, embedding"),
    ],
)
def test_a_model_of_another_family_is_refused_at_the_start(
    store: Callable[..., StoredModel], family: str, why: str
) -> None:
    with pytest.raises(ModelError, match=why) as caught:
        load_engine(store(family=family), CompileOptions())
    assert "\n" not in str(caught.value)


def test_a_damaged_file_is_refused_before_openvino_reads_it(
    store: Callable[..., StoredModel],
) -> None:
    stored = store()
    stored.paths[0].write_bytes(b"rubbish")
    with pytest.raises(ModelError, match="truncated or a different file"):
        load_engine(stored, CompileOptions())


def test_engines_without_files_are_created() -> None:
    stub = load_engine(StubSpec(2, 0), CompileOptions())
    haar = load_engine(CASCADES["haar-frontal-face"], CompileOptions(threads=2))
    assert (stub.info.model, haar.info.model) == ("stub", "haar-frontal-face")
    assert haar.info.slots == 2
    stub.close()
    haar.close()


def test_a_pair_needs_an_embedder_model(store: Callable[..., StoredModel]) -> None:
    detector = store()
    other = msgspec.structs.replace(detector.manifest, family="embedding")
    pair = DetectorWithEmbedder(detector, replace(detector, manifest=other))
    with pytest.raises(ModelError, match="family embedding"):
        load_engine(pair, CompileOptions())
