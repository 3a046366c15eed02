"""The workload of `quota_bench.py`."""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np

from apps.runtime.cpu_quota import allowed_cores
from apps.vision.image import Picture
from apps.vision.models.catalogue import resolve
from apps.vision.models.openvino_adapter import CompileOptions
from apps.vision.models.registry import load_engine


def run(models: Path, seconds: float) -> None:
    """Infer for some seconds; print threads and frames per second."""
    threads = max(1, round(allowed_cores()))
    engine = load_engine(
        resolve("face-int8", [models], model=""),
        CompileOptions(device="CPU", threads=threads, slots=0, cache_dir=None),
    )
    engine.warm_up()
    picture = Picture.of(np.zeros((300, 300, 3), np.uint8))
    frames, began = 0, time.monotonic()
    while time.monotonic() - began < seconds:
        engine.infer(picture)
        frames += 1
    print(threads, frames / (time.monotonic() - began), flush=True)
