"""Run a model file in OpenVINO.

The compiled model takes uint8 pictures `[1, height, width, 3]`, blue-green-red, as OpenCV returns
them. Colour order, mean, scale and layout are part of the compiled model, so that its vectorised
code applies them. Requests are asynchronous, and one thread starts them all: starting requests from
several threads at once has been observed to hang.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import openvino as ov
from openvino import properties
from openvino.preprocess import ColorFormat, PrePostProcessor

from apps.runtime.errors import ModelError
from apps.vision.models.engine import Done, Outputs, wait_for_outputs
from apps.vision.models.families.family import ModelSignature
from apps.vision.models.manifest import ModelManifest

__all__ = ["CompileOptions", "InferenceAdapter"]

log = logging.getLogger(__name__)

_PRECISION_NAMES = {"f32": "FP32", "f16": "FP16", "bf16": "BF16"}


@dataclass(frozen=True, slots=True)
class CompileOptions:
    """Options for compiling a model.

    Attributes:
        device: `CPU`, `GPU`, or another device name of OpenVINO; `AUTO` for a GPU if there is one,
            otherwise the CPU. (OpenVINO's own AUTO may start on one device and move to another,
            accepts no thread limit, and does not report its precision.)
        threads: number of CPU threads for inference.
        slots: maximum number of running requests; 0 for one more than the device runs at once, so
            that the next request is ready when one ends.
        cache_dir: folder for compiled models; None for no cache.
        run_precision: precision of the computation, such as `f32`; empty for the device's choice.
        exclusive: no other process uses the cores, so threads may be pinned to them.
    """

    device: str = "CPU"
    threads: int = 1
    slots: int = 0
    cache_dir: Path | None = None
    run_precision: str = ""
    exclusive: bool = False


class InferenceAdapter:
    """One compiled model and its requests.

    Attributes:
        compiled: the compiled model, for separate measurements.
        signature: properties of the model file.
        slots: maximum number of running requests.
        device: actual device.
        precision: actual precision of the device.
    """

    def __init__(
        self, manifest: ModelManifest, precision: str, path: Path, compilation: CompileOptions
    ) -> None:
        core = ov.Core()
        model = _read(core, manifest, path)
        self.signature = ModelSignature(_shapes(model), *_classes(model))
        compiled = _compile(core, _embed_preprocessing(model, manifest), manifest, compilation)
        self.compiled = compiled
        at_once = int(compiled.get_property("OPTIMAL_NUMBER_OF_INFER_REQUESTS"))
        self.slots = compilation.slots or at_once + 1
        self._queue = ov.AsyncInferQueue(compiled, self.slots)
        self._queue.set_callback(self._finished)
        self._outputs = len(compiled.outputs)
        devices = compiled.get_property("EXECUTION_DEVICES")
        self.device = devices if isinstance(devices, str) else ",".join(devices)
        self.precision = _precision(compiled, precision)

    def start(self, tensor: npt.NDArray[np.uint8], done: Done) -> None:
        """Start one request; from one thread only; waits for a free slot.

        Args:
            tensor: uint8 [1, height, width, 3]; must not change until `done` is called.
            done: called on a thread of OpenVINO.
        """
        # the memory is shared, so the request keeps a reference to the tensor until it ends; an
        # ov.Tensor made here costs less than one made by the queue
        shared = ov.Tensor(tensor, shared_memory=True)
        self._queue.start_async(shared, userdata=(done, tensor), share_inputs=True)

    def infer(self, tensor: npt.NDArray[np.uint8]) -> Outputs:
        """Run one request and wait for it.

        Raises:
            ModelError: inference failed on the device.
        """
        return wait_for_outputs(lambda done: self.start(tensor, done))

    def close(self) -> None:
        """Wait for running requests."""
        self._queue.wait_all()

    def _finished(self, request: Any, userdata: tuple[Done, npt.NDArray[np.uint8]]) -> None:
        done = userdata[0]
        answer: Outputs | Exception
        try:
            answer = tuple(
                np.array(request.get_output_tensor(index).data) for index in range(self._outputs)
            )
        except RuntimeError as error:
            answer = error
        try:
            done(answer)
        except Exception:  # outermost handler of a thread of OpenVINO, which logs nothing
            log.exception("callback failed")


def _read(core: ov.Core, manifest: ModelManifest, path: Path) -> ov.Model:
    try:
        model = core.read_model(path)
    except RuntimeError as error:
        raise ModelError(
            f"{path}: OpenVINO cannot read the model ({_first_line(error)}); use IR version 10 or "
            "later, and check that the file is not damaged"
        ) from error
    if len(model.inputs) != 1:
        raise ModelError(f"{path}: the model has {len(model.inputs)} inputs instead of one picture")
    wanted = [1, 3, manifest.input.height, manifest.input.width]
    shape = model.input(0).partial_shape
    if not shape.compatible(ov.PartialShape(wanted)) and not manifest.input.reshape:
        raise ModelError(
            f"{path}: the input is {shape}, but models/{manifest.name}/model.yaml has {wanted}"
        )
    if shape != ov.PartialShape(wanted):
        model.reshape(wanted)
    return model


def _shapes(model: ov.Model) -> tuple[tuple[int, ...], ...]:
    return tuple(
        tuple(-1 if size.is_dynamic else size.get_length() for size in output.partial_shape)
        for output in model.outputs
    )


def _classes(model: ov.Model) -> tuple[int, int]:
    """Number of classes of an SSD and the background class; (0, -1) for other models."""
    for operation in model.get_ops():
        if operation.get_type_name() == "DetectionOutput":
            boxes, scores = operation.input(0).get_shape(), operation.input(1).get_shape()
            background = operation.get_attributes()["background_label_id"]
            return int(4 * scores[1] // boxes[1]), int(background)
    return 0, -1


def _embed_preprocessing(model: ov.Model, manifest: ModelManifest) -> ov.Model:
    wanted = manifest.input
    processor = PrePostProcessor(model)
    entry = processor.input()
    entry.tensor().set_element_type(ov.Type.u8).set_layout(ov.Layout("NHWC"))
    entry.tensor().set_color_format(ColorFormat.BGR)
    entry.model().set_layout(ov.Layout("NCHW"))
    entry.preprocess().convert_element_type(ov.Type.f32)
    if wanted.colour == "rgb":
        entry.preprocess().convert_color(ColorFormat.RGB)
    if any(wanted.mean):
        entry.preprocess().mean(list(wanted.mean))
    if any(value != 1 for value in wanted.std):
        entry.preprocess().scale(list(wanted.std))
    return processor.build()


def _compile(
    core: ov.Core, model: ov.Model, manifest: ModelManifest, compilation: CompileOptions
) -> ov.CompiledModel:
    options: dict[str, Any] = {"PERFORMANCE_HINT": "THROUGHPUT"}
    device = _device(core, compilation.device)
    if device == "CPU":
        options["INFERENCE_NUM_THREADS"] = compilation.threads
        options["ENABLE_CPU_PINNING"] = compilation.exclusive
    if compilation.slots:
        options["PERFORMANCE_HINT_NUM_REQUESTS"] = compilation.slots
    if compilation.run_precision:
        options[properties.hint.inference_precision()] = compilation.run_precision
    if compilation.cache_dir is not None:
        options["CACHE_DIR"] = str(compilation.cache_dir)
    try:
        return core.compile_model(model, device, options)
    except RuntimeError as error:
        raise ModelError(
            f"{manifest.name}: OpenVINO cannot compile the model for {device} "
            f"({_first_line(error)}); available devices: {', '.join(core.available_devices)}"
        ) from error


def _device(core: ov.Core, name: str) -> str:
    if name != "AUTO":
        return name
    return "GPU" if any(found.startswith("GPU") for found in core.available_devices) else "CPU"


def _precision(compiled: ov.CompiledModel, file_precision: str) -> str:
    """Actual precision: INT8 for a quantised file, otherwise from the device's hint."""
    if "INT8" in file_precision:
        return "INT8"
    hint = compiled.get_property(properties.hint.inference_precision()).get_type_name()
    return _PRECISION_NAMES.get(hint, file_precision)


def _first_line(error: Exception) -> str:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    reasons = [line for line in lines if not line.startswith(("Exception from", "Check "))]
    return (reasons or lines or ["unknown reason"])[0].rstrip(".:")[:200]
