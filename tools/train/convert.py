"""Converts a trained network to an OpenVINO model, and quantises it to 8-bit integers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import nncf
import numpy as np
import numpy.typing as npt
import openvino as ov
import torch
from torch import nn

__all__ = ["MOST_LOST", "convert", "quantise"]

Tensor = npt.NDArray[np.float32]

#: Largest accepted loss of accuracy through quantisation.
MOST_LOST = 0.01


def convert(network: nn.Module, width: int, height: int) -> ov.Model:
    """A network as an OpenVINO model whose input `pictures` is float32 [1, 3, height, width]."""
    shape = [1, 3, height, width]
    model = ov.convert_model(network, example_input=torch.zeros(shape), input=[shape])
    model.input().set_names({"pictures"})
    model.reshape(shape)
    return model


def quantise(
    model: ov.Model,
    calibration: Sequence[Tensor],
    validation: Sequence[Any],
    measure: Callable[[Callable[[Tensor], Tensor], Sequence[Any]], float],
) -> ov.Model:
    """Quantise a model to 8-bit integers; layers that cost too much accuracy keep floating point.

    Args:
        model: to quantise.
        calibration: inputs that determine the ranges of its activations.
        validation: examples on which accuracy is measured.
        measure: accuracy of a function from input to output, on examples; larger is better.
    """

    def measured(compiled: ov.CompiledModel, examples: Sequence[Any]) -> tuple[float, None]:
        def run(tensor: Tensor) -> Tensor:
            return np.asarray(compiled(tensor)[0])

        return measure(run, list(examples)), None

    return nncf.quantize_with_accuracy_control(
        model,
        nncf.Dataset(list(calibration)),
        nncf.Dataset(list(validation)),
        validation_fn=measured,
        max_drop=MOST_LOST,
        preset=nncf.QuantizationPreset.PERFORMANCE,
        subset_size=len(calibration),
    )
