"""The compiled model takes uint8 pictures; what the network sees is what its manifest says."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from apps.runtime.errors import ModelError
from apps.vision.models.engine import Outputs
from apps.vision.models.manifest import ModelInput, ModelManifest
from apps.vision.models.openvino_adapter import CompileOptions, InferenceAdapter

MakeManifest = Callable[..., ModelManifest]
SaveModel = Callable[..., Path]

F32 = CompileOptions(run_precision="f32")
#: Blue 10, green 20, red 40 everywhere.
PICTURE: npt.NDArray[np.uint8] = np.tile(np.array([10, 20, 40], np.uint8), (1, 8, 16, 1))


def seen(adapter: InferenceAdapter) -> list[float]:
    """The mean of each channel as the network sees it."""
    (rows,) = adapter.infer(PICTURE)
    means: list[float] = rows[0, 0, :, 3].tolist()
    return means


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        ({}, [10, 20, 40]),
        ({"colour": "rgb"}, [40, 20, 10]),
        ({"mean": (1, 2, 3)}, [9, 18, 37]),
        ({"std": (2, 4, 8)}, [5, 5, 5]),
        ({"colour": "rgb", "mean": (40, 10, 0), "std": (1, 10, 2)}, [0, 1, 5]),
    ],
)
def test_colour_mean_and_scale_are_part_of_the_compiled_model(
    manifest: MakeManifest,
    save_model: SaveModel,
    wanted: dict[str, object],
    expected: list[float],
) -> None:
    given = ModelInput(width=16, height=8, **wanted)  # type: ignore[arg-type]  # as in YAML
    adapter = InferenceAdapter(manifest(input=given), "FP32", save_model(), F32)
    assert seen(adapter) == pytest.approx(expected, abs=1e-3)
    adapter.close()


def test_requests_run_beside_each_other_and_each_gets_its_own_answer(
    manifest: MakeManifest, save_model: SaveModel
) -> None:
    compilation = CompileOptions(run_precision="f32", slots=3)
    adapter = InferenceAdapter(manifest(), "FP32", save_model(), compilation)
    answers: dict[int, Outputs | Exception] = {}
    arrived = threading.Semaphore(0)

    def keep(number: int) -> Callable[[Outputs | Exception], None]:
        def done(answer: Outputs | Exception) -> None:
            answers[number] = answer
            arrived.release()

        return done

    for number in range(50):
        adapter.start(np.full((1, 8, 16, 3), number, np.uint8), keep(number))
    for _ in range(50):
        arrived.acquire()
    adapter.close()

    means = {
        number: float(answer[0][0, 0, 0, 3])
        for number, answer in answers.items()
        if isinstance(answer, tuple)
    }
    assert means == pytest.approx({number: number for number in range(50)})


def test_a_callback_that_fails_is_logged_and_stops_nothing(
    manifest: MakeManifest, save_model: SaveModel, caplog: pytest.LogCaptureFixture
) -> None:
    adapter = InferenceAdapter(manifest(), "FP32", save_model(), F32)

    def broken(_: Outputs | Exception) -> None:
        raise ValueError("broken callback")

    adapter.start(PICTURE, broken)
    assert seen(adapter) == pytest.approx([10, 20, 40])
    adapter.close()
    assert "broken callback" in caplog.text


def test_what_runs_is_named(manifest: MakeManifest, save_model: SaveModel) -> None:
    path = save_model()
    exact = InferenceAdapter(manifest(), "FP16", path, F32)
    assert (exact.precision, exact.device) == ("FP32", "CPU")
    assert InferenceAdapter(manifest(), "FP16-INT8", path, CompileOptions()).precision == "INT8"


def test_there_is_one_slot_more_than_run_at_once(
    manifest: MakeManifest, save_model: SaveModel
) -> None:
    path = save_model()
    assert InferenceAdapter(manifest(), "FP32", path, CompileOptions(threads=1)).slots == 2
    assert InferenceAdapter(manifest(), "FP32", path, CompileOptions(slots=5)).slots == 5


def test_auto_runs_on_what_is_there(manifest: MakeManifest, save_model: SaveModel) -> None:
    adapter = InferenceAdapter(manifest(), "FP32", save_model(), CompileOptions(device="AUTO"))
    assert adapter.device in {"CPU", "GPU"}
    assert seen(adapter) == pytest.approx([10, 20, 40], rel=0.01)
    adapter.close()


def test_compiled_models_can_be_kept(
    manifest: MakeManifest, save_model: SaveModel, tmp_path: Path
) -> None:
    kept = tmp_path / "kept"
    InferenceAdapter(manifest(), "FP32", save_model(), CompileOptions(cache_dir=kept))
    assert list(kept.iterdir())


def test_another_input_size_is_refused(manifest: MakeManifest, save_model: SaveModel) -> None:
    with pytest.raises(ModelError, match=r"\[1,3,32,16\].*\[1, 3, 8, 16\]"):
        InferenceAdapter(manifest(), "FP32", save_model(height=32), F32)


def test_a_file_may_be_reshaped_where_the_manifest_says_so(
    manifest: MakeManifest, save_model: SaveModel
) -> None:
    given = ModelInput(width=16, height=8, reshape=True)
    adapter = InferenceAdapter(manifest(input=given), "FP32", save_model(height=32), F32)
    assert seen(adapter) == pytest.approx([10, 20, 40])
    adapter.close()


def test_a_device_that_is_not_there_is_refused(
    manifest: MakeManifest, save_model: SaveModel
) -> None:
    with pytest.raises(ModelError, match="available devices: CPU") as caught:
        InferenceAdapter(manifest(), "FP32", save_model(), CompileOptions(device="NPU"))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("content", [b"", b"<net>", b'<net name="x" version="3"></net>', b"\x08"])
def test_a_file_that_is_no_model_is_refused(
    manifest: MakeManifest, tmp_path: Path, content: bytes
) -> None:
    path = tmp_path / "small.xml"
    path.write_bytes(content)
    with pytest.raises(ModelError, match="OpenVINO cannot read the model") as caught:
        InferenceAdapter(manifest(), "FP32", path, F32)
    assert "\n" not in str(caught.value)


def test_truncated_weights_are_refused(manifest: MakeManifest, save_model: SaveModel) -> None:
    path = save_model()
    weights = path.with_suffix(".bin")
    weights.write_bytes(weights.read_bytes()[:-4])
    with pytest.raises(ModelError, match="cannot read"):
        InferenceAdapter(manifest(), "FP32", path, F32)
