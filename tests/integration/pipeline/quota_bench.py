"""Started by a test: infers for some seconds with the threads that the quota allows.

Arguments: the control group's `cgroup.procs` to join (empty for none), folder of models, seconds.
Prints threads and frames per second.
"""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

_group, _models, _seconds = sys.argv[1], sys.argv[2], float(sys.argv[3])
if _group:  # before anything counts cores
    Path(_group).write_text(str(os.getpid()), encoding="utf-8")

import numpy as np  # noqa: E402 - after the control group was joined

from apps.runtime.cpu_quota import allowed_cores  # noqa: E402 - as above
from apps.vision.image import Picture  # noqa: E402 - as above
from apps.vision.models.catalogue import resolve  # noqa: E402 - as above
from apps.vision.models.openvino_adapter import Compilation  # noqa: E402 - as above
from apps.vision.models.registry import load_engine  # noqa: E402 - as above

threads = max(1, round(allowed_cores()))
engine = load_engine(
    resolve("face-int8", [Path(_models)], model=""),
    Compilation(device="CPU", threads=threads, slots=0, cache_dir=None),
)
engine.warm_up()
picture = Picture.of(np.zeros((300, 300, 3), np.uint8))
frames, began = 0, time.monotonic()
while time.monotonic() - began < _seconds:
    engine.infer(picture)
    frames += 1
print(threads, frames / (time.monotonic() - began), flush=True)
os._exit(0)  # nothing to tidy up, and the runtime's own threads would complain
