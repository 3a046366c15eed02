"""Every script prints its help at once, before anything is installed."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tools.generate.usage import SCRIPTS, USAGE, usage_text

ROOT = Path(__file__).resolve().parents[2]
COMMANDS = sorted(
    str(path.relative_to(ROOT))
    for path in [*ROOT.glob("tools/*.sh"), ROOT / "container" / "build.sh"]
    if os.access(path, os.X_OK)
)


@pytest.fixture(scope="module")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the scripts without a virtual environment."""
    folder = tmp_path_factory.mktemp("fresh")
    (folder / "tools").mkdir()
    for script in ROOT.glob("tools/*.sh"):
        shutil.copy(script, folder / "tools")
    shutil.copytree(USAGE, folder / "tools" / "usage")
    shutil.copytree(ROOT / "container", folder / "container")
    return folder


@pytest.mark.parametrize("flag", ["-h", "--help"])
@pytest.mark.parametrize("command", COMMANDS)
def test_a_script_prints_its_help_without_an_environment(
    command: str, flag: str, fresh: Path
) -> None:
    done = subprocess.run(
        [str(fresh / command), flag], capture_output=True, text=True, check=False, timeout=10
    )
    assert done.returncode == 0
    assert Path(command).name in done.stdout + done.stderr
    assert not (fresh / ".venv").exists()


@pytest.mark.skipif(sys.version_info >= (3, 13), reason="argparse formats help differently")
@pytest.mark.parametrize("script", SCRIPTS)
def test_the_help_text_of_a_script_is_current(script: str) -> None:
    written = (USAGE / f"{script}.txt").read_text(encoding="utf-8")
    assert written == usage_text(script), "run ./tools/generate.sh"
