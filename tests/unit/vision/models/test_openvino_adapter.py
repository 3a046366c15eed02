"""The compiled model takes uint8 pictures and preprocesses them as its manifest says."""

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


def test_parallel_requests_get_their_own_outputs(
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


def test_a_failed_callback_is_logged_and_does_not_stop_others(
    manifest: MakeManifest, save_model: SaveModel, caplog: pytest.LogCaptureFixture
) -> None:
    adapter = InferenceAdapter(manifest(), "FP32", save_model(), F32)

    def broken(_: Outputs | Exception) -> None:
        raise ValueError("broken callback")

    adapter.start(PICTURE, broken)
    assert seen(adapter) == pytest.approx([10, 20, 40])
    adapter.close()
    assert "broken callback" in caplog.text


def test_device_and_precision_are_reported(manifest: MakeManifest, save_model: SaveModel) -> None:
    path = save_model()
    exact = InferenceAdapter(manifest(), "FP16", path, F32)
    assert (exact.precision, exact.device) == ("FP32", "CPU")
    assert InferenceAdapter(manifest(), "FP16-INT8", path, CompileOptions()).precision == "INT8"


def test_there_is_one_slot_more_than_parallel_requests(
    manifest: MakeManifest, save_model: SaveModel
) -> None:
    path = save_model()
    assert InferenceAdapter(manifest(), "FP32", path, CompileOptions(threads=1)).slots == 2
    assert InferenceAdapter(manifest(), "FP32", path, CompileOptions(slots=5)).slots == 5


def test_auto_uses_an_available_device(manifest: MakeManifest, save_model: SaveModel) -> None:
    adapter = InferenceAdapter(manifest(), "FP32", save_model(), CompileOptions(device="AUTO"))
    assert adapter.device in {"CPU", "GPU"}
    assert seen(adapter) == pytest.approx([10, 20, 40], rel=0.01)
    adapter.close()


def test_compiled_models_can_be_cached(
    manifest: MakeManifest, save_model: SaveModel, tmp_path: Path
) -> None:
    kept = tmp_path / "kept"
    InferenceAdapter(manifest(), "FP32", save_model(), CompileOptions(cache_dir=kept))
    assert list(kept.iterdir())


def test_a_different_input_size_is_refused(manifest: MakeManifest, save_model: SaveModel) -> None:
    with pytest.raises(ModelError, match=r"\[1,3,32,16\].*\[1, 3, 8, 16\]"):
        InferenceAdapter(manifest(), "FP32", save_model(height=32), F32)


def test_a_file_is_reshaped_if_the_manifest_allows_it(
    manifest: MakeManifest, save_model: SaveModel
) -> None:
    given = ModelInput(width=16, height=8, reshape=True)
    adapter = InferenceAdapter(manifest(input=given), "FP32", save_model(height=32), F32)
    assert seen(adapter) == pytest.approx([10, 20, 40])
    adapter.close()


def test_a_missing_device_is_refused(manifest: MakeManifest, save_model: SaveModel) -> None:
    with pytest.raises(ModelError, match="available devices: CPU") as caught:
        InferenceAdapter(manifest(), "FP32", save_model(), CompileOptions(device="NPU"))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("content", [b"", b"<net>", b'<net name="x" version="3"></net>', b"\x08"])
def test_an_invalid_model_file_is_refused(
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
