"""The usual ways of preparing pictures are tried, and only a clear gain is a problem."""

from __future__ import annotations

from pathlib import Path

import pytest

from apps.vision.models.manifest import ModelInput, ModelManifest
from tools.validation.finding import Verdict
from tools.validation.preprocessing_check import check_preprocessing, variants
from tools.validation.probe import Probe

MEAN, STD = (123.675, 116.28, 103.53), (58.395, 57.12, 57.375)


def probe(**fields: object) -> Probe:
    given = ModelInput(width=8, height=8, **fields)  # type: ignore[arg-type]  # tests know
    manifest = ModelManifest(
        name="m", family="ssd", licence="none", origin="here", input=given, labels={}, precisions={}
    )
    return Probe(manifest, "FP32", Path("m.xml"))


def test_every_usual_way_but_the_own_one_is_tried() -> None:
    ways = variants(ModelInput(width=8, height=8, resize="letterbox"))
    assert [way.name for way in ways] == [
        "bgr on 0..1",
        "bgr on -1..1",
        "bgr on ImageNet's mean and deviation",
        "rgb on 0..255",
        "rgb on 0..1",
        "rgb on -1..1",
        "rgb on ImageNet's mean and deviation",
        "stretch instead of letterbox",
    ]


def test_the_numbers_of_imagenet_follow_the_order_of_the_channels() -> None:
    fields = {way.name: way.fields for way in variants(ModelInput(width=8, height=8))}
    assert fields["rgb on ImageNet's mean and deviation"]["mean"] == MEAN
    assert fields["bgr on ImageNet's mean and deviation"]["mean"] == MEAN[::-1]


def test_a_way_that_finds_much_more_is_named_as_the_manifest_writes_it() -> None:
    def measure(variant: Probe) -> float:
        return 0.6 if variant.manifest.input.std == STD else 0.4

    (found,) = check_preprocessing(probe(), measure, "AP50")
    assert found.verdict is Verdict.PROBLEM
    assert "rgb on ImageNet's mean and deviation fits better, AP50 0.60 against 0.40" in found.text
    assert "write {colour: rgb, mean: [123.675, 116.28, 103.53], std: [58.395," in found.text


@pytest.mark.parametrize(
    ("own", "other", "verdict"),
    [
        (0.50, 0.51, Verdict.GOOD),
        (0.50, 0.53, Verdict.NOTE),
        (0.90, 0.96, Verdict.NOTE),
        (0.02, 0.03, Verdict.PROBLEM),
    ],
)
def test_only_a_clear_gain_or_nothing_at_all_is_a_problem(
    own: float, other: float, verdict: Verdict
) -> None:
    def measure(variant: Probe) -> float:
        return other if variant.manifest.input.resize == "letterbox" else own

    (found,) = check_preprocessing(probe(), measure, "AP50")
    assert found.verdict is verdict
