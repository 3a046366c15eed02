"""A user's new class, from the documented command to a working task of the pipeline.

It needs torch, which nothing else does: it runs with `tools/test.sh --full`, which installs it into
`.venv-train`, and without, where that is already there.
"""

from __future__ import annotations

import asyncio
import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from websockets.asyncio.client import connect

from apps.pipeline.messages import Result, wire
from tests.conftest import ROOT, soak_factor
from tests.support.local_system import LocalSystem
from tests.support.project_copy import copy_project

pytestmark = [pytest.mark.redis, pytest.mark.timeout(1800)]

TASK = """
cone:
  candidates:
    - toy-cones/FP16-INT8
    - toy-cones/FP16
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A copy of what runs, whose models may be changed."""
    copy = tmp_path / "project"
    copy_project(copy)
    return copy


@pytest.fixture
def trained(project: Path, tmp_path: Path) -> Path:
    """The project, with a model that the command has trained and its task."""
    if soak_factor() < 1 and not (ROOT / ".venv-train" / "bin" / "python").exists():
        pytest.skip("training needs torch, several GB: tools/test.sh --full installs and runs it")
    config = Path(__file__).with_name("cones.yaml")
    command = [
        str(ROOT / "tools" / "train.sh"), "detector", "--config", str(config),
        "--cache", str(tmp_path / "cache"), "--to", str(project / "models"),
    ]  # fmt: skip
    done = subprocess.run(
        command, cwd=ROOT, env=os.environ, capture_output=True, text=True, check=False
    )
    print(done.stdout[-2000:], done.stderr[-2000:])
    assert done.returncode == 0
    with (project / "models" / "tasks.yaml").open("a", encoding="utf-8") as tasks:
        tasks.write(TASK)
    return project


@pytest.fixture
def system(trained: Path, tmp_path: Path) -> Iterator[LocalSystem]:
    """The copy, started as a user starts it."""
    source = "synthetic:street?cones=25&people=4&vehicles=2&bikes=0&seed=320"
    started = LocalSystem("--task", "cone", source, log=tmp_path / "log.txt", root=trained)
    yield started
    started.kill()


def test_a_class_of_ones_own_becomes_a_working_task(system: LocalSystem, trained: Path) -> None:
    card = (trained / "models" / "toy-cones" / "README.md").read_text(encoding="utf-8")
    exact, integers = re.findall(r"\| cone \| ([0-9.]+) \| ([0-9.]+) \|", card)[0]
    assert float(exact) > 0.35
    assert float(integers) > float(exact) - 0.05
    (stream,) = system.until(system.streams, 60)
    found = asyncio.run(_found(system, stream["id"], results=20))
    assert {label for labels in found for label in labels} == {"cone"}
    assert sum(len(labels) for labels in found) > 5 * len(found)
    assert system.stop() == 0


async def _found(system: LocalSystem, stream_id: str, *, results: int) -> list[list[str]]:
    """The labels of what is found in each of the first pictures."""
    found: list[list[str]] = []
    async with (
        asyncio.timeout(120),
        connect(f"ws://127.0.0.1:{system.port}/{stream_id}", max_size=None) as socket,
    ):
        async for message in socket:
            assert isinstance(message, bytes)
            found.append([thing.label for thing in wire.decode(Result, message).detections])
            if len(found) == results:
                break
    return found
