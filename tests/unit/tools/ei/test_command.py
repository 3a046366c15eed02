"""The console command `ei`."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import pytest

from apps import __version__
from tools.ei.__main__ import TOOLS, main
from tools.ei.commands import COMMANDS, Command

every_command = pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.name)


def test_help_has_one_line_and_one_example_for_each_command(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["--help"]) == 0
    lines = capsys.readouterr().out.splitlines()
    for command in COMMANDS:
        assert [line for line in lines if line.startswith(f"  {command.name} ")]
        assert f"  {command.example}" in lines


def test_help_is_fast() -> None:
    """It imports only the table of commands. CPU time, so that a busy machine changes little."""
    fastest = 10.0
    for _ in range(3):
        before = os.times()
        subprocess.run(
            [sys.executable, "-m", "tools.ei", "--help"], check=True, capture_output=True
        )
        after = os.times()
        spent = after.children_user + after.children_system
        fastest = min(fastest, spent - before.children_user - before.children_system)
    assert fastest < 0.3


@every_command
def test_a_command_runs_a_module_or_a_script_that_exists(command: Command) -> None:
    assert command.module or command.script
    assert not command.module or importlib.util.find_spec(command.module)
    assert not command.script or (TOOLS / f"{command.script}.sh").is_file()
    assert command.example.startswith(f"ei {command.name}")


@every_command
def test_a_command_explains_itself_under_its_own_name(
    command: Command, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*command.name.split(), "--help"]) == 0
    assert f"usage: ei {command.name}" in capsys.readouterr().out


def test_a_group_lists_its_commands(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["models"]) == 0
    shown = capsys.readouterr().out
    assert "models download" in shown
    assert "bench" not in shown


@pytest.mark.parametrize(
    ("words", "hint"),
    [
        (["docter"], "Did you mean `ei doctor`?"),
        (["manifest"], "Did you mean `ei manifests`?"),
        (["models", "dowload"], "Did you mean `ei models download`?"),
        (["jobs", "x"], "Did you mean `ei jobs dead`?"),
        (["quite-different"], "`ei --help` lists the commands."),
    ],
)
def test_an_unknown_command_gets_a_hint(
    words: list[str], hint: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(words) == 2
    assert hint in capsys.readouterr().err


def test_the_version_is_that_of_the_project(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"ei {__version__}\n"


def test_arguments_and_exit_code_are_those_of_the_module(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "argv", sys.argv)
    assert main(["models", "list", "--to", str(tmp_path)]) == 0
    assert "yolox-nano/FP32" in capsys.readouterr().out
    assert main(["simulate", "check", "missing.yaml"]) == 2
