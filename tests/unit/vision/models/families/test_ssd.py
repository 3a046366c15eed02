"""SSD outputs become detections; a file must have the classes of its manifest."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pytest

from apps.runtime.errors import ModelError
from apps.vision.models.families.family import ModelSignature
from apps.vision.models.families.ssd import SsdFamily
from apps.vision.models.fit import InputPlacement
from apps.vision.models.manifest import ModelManifest

MakeManifest = Callable[..., ModelManifest]
PLACEMENT = InputPlacement(0, 0, 16, 8)


def output(*rows: list[float]) -> tuple[npt.NDArray[np.float32]]:
    return (np.array(rows, np.float32).reshape(1, 1, -1, 7),)


def reader(manifest: ModelManifest, *, classes: int = 0, background: int = -1) -> SsdFamily:
    return SsdFamily(
        manifest, manifest.labels, ModelSignature(((1, 1, 3, 7),), classes, background)
    )


def test_rows_become_detections(manifest: MakeManifest) -> None:
    rows = output([0, 1, 0.9, 0.25, 0.5, 0.75, 1.0], [0, 1, 0.6, 0, 0, 0.5, 0.5])
    first, second = reader(manifest()).parse(rows, PLACEMENT)
    assert (first.label, first.box) == ("thing", (0.25, 0.5, 0.75, 1.0))
    assert second.score == pytest.approx(0.6)


def test_rows_below_the_threshold_are_omitted(manifest: MakeManifest) -> None:
    rows = output([0, 1, 0.5, 0, 0, 1, 1], [0, 1, 0.49, 0, 0, 1, 1])
    assert len(reader(manifest(score_threshold=0.5)).parse(rows, PLACEMENT)) == 1


def test_rows_after_the_end_mark_are_ignored(manifest: MakeManifest) -> None:
    rows = output([0, 1, 0.9, 0, 0, 1, 1], [-1, 0, 0, 0, 0, 0, 0], [0, 1, 0.9, 0, 0, 1, 1])
    assert len(reader(manifest()).parse(rows, PLACEMENT)) == 1


def test_only_the_named_classes_are_reported(manifest: MakeManifest) -> None:
    both = manifest(labels={1: "person", 2: "vehicle"})
    ssd = SsdFamily(both, {2: "vehicle"}, ModelSignature(((1, 1, 3, 7),), 3, 0))
    rows = output([0, 1, 0.9, 0, 0, 1, 1], [0, 2, 0.8, 0, 0, 1, 1])
    assert [found.label for found in ssd.parse(rows, PLACEMENT)] == ["vehicle"]


@pytest.mark.parametrize("shapes", [((1, 1, 200, 6),), ((1, 200, 7),), ((1, 1, 9, 7), (1, 4)), ()])
def test_different_outputs_are_refused(
    manifest: MakeManifest, shapes: tuple[tuple[int, ...], ...]
) -> None:
    with pytest.raises(ModelError, match="family ssd"):
        SsdFamily(manifest(), {1: "thing"}, ModelSignature(shapes))


@pytest.mark.parametrize(
    ("labels", "classes", "background"),
    [({1: "face"}, 2, 1), ({0: "face"}, 2, 0), ({1: "a", 2: "b"}, 4, 0), ({1: "a", 2: "b"}, 2, 0)],
)
def test_classes_that_differ_from_the_labels_are_refused(
    manifest: MakeManifest, labels: dict[int, str], classes: int, background: int
) -> None:
    with pytest.raises(ModelError, match="but the labels are"):
        reader(manifest(labels=labels), classes=classes, background=background)


def test_the_background_may_be_the_first_or_the_last_class(manifest: MakeManifest) -> None:
    reader(manifest(labels={1: "a", 2: "b"}), classes=3, background=0)
    reader(manifest(labels={0: "a", 1: "b"}), classes=3, background=2)
