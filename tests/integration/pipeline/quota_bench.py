"""Run inference for some seconds with the threads that the CPU quota allows; started by a test.

Arguments: the control group's `cgroup.procs` to join (empty for none), folder of models, seconds.
Prints threads and frames per second.
"""

from __future__ import annotations

import os
import sys
from importlib import import_module
from pathlib import Path

if __name__ == "__main__":
    _group, _models, _seconds = sys.argv[1], sys.argv[2], float(sys.argv[3])
    if _group:
        Path(_group).write_text(str(os.getpid()), encoding="utf-8")
    # Imported after the control group is joined: libraries count the cores when they are imported.
    import_module("tests.integration.pipeline.quota_workload").run(Path(_models), _seconds)
    os._exit(0)  # skips the clean-up, in which threads of the inference runtime report errors
