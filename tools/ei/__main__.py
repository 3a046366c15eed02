"""The console command `ei`."""

from __future__ import annotations

import difflib
import os
import runpy
import sys
from collections.abc import Sequence
from pathlib import Path

from apps import __version__
from tools.ei.commands import COMMANDS, Command

__all__ = ["main"]

TOOLS = Path(__file__).resolve().parents[1]
_HELP = ("-h", "--help")


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; returns its exit code, 2 for an unknown command."""
    words = list(sys.argv[1:] if argv is None else argv)
    if not words or words[0] in _HELP:
        print(_overview(COMMANDS))
        return 0
    if words[0] in {"-V", "--version"}:
        print(f"ei {__version__}")
        return 0
    command, rest = _find(words)
    if command is not None:
        return _run(command, rest)
    group = [each for each in COMMANDS if each.name.split()[0] == words[0]]
    if group and (len(words) == 1 or words[1] in _HELP):
        print(_overview(group))
        return 0
    print(_unknown(words, group), file=sys.stderr)
    return 2


def _find(words: Sequence[str]) -> tuple[Command | None, list[str]]:
    """The command that the first one or two words name, and the other words."""
    for count in (2, 1):
        name = " ".join(words[:count])
        for command in COMMANDS:
            if command.name == name:
                return command, list(words[count:])
    return None, list(words)


def _overview(commands: Sequence[Command]) -> str:
    width = max(len(command.name) for command in commands)
    lines = [f"  {command.name:{width}}  {command.text}" for command in commands]
    examples = [f"  {command.example}" for command in commands]
    head = "usage: ei COMMAND [ARGUMENTS]    ei COMMAND --help shows its options"
    return "\n".join([head, "", "commands:", *lines, "", "examples:", *examples])


def _unknown(words: Sequence[str], group: Sequence[Command]) -> str:
    """The error text for an unknown command."""
    asked = " ".join(words[:2] if group else words[:1])
    names = [each.name for each in group] or [each.name.split()[0] for each in COMMANDS]
    near = difflib.get_close_matches(asked, names, n=1)
    if group and not near:
        near = [group[0].name]
    hint = f"Did you mean `ei {near[0]}`?" if near else "`ei --help` lists the commands."
    return f"ei: unknown command: {asked}. {hint}"


def _run(command: Command, words: Sequence[str]) -> int:
    if words and words[0] in _HELP and command.script:
        text = (TOOLS / "usage" / f"{command.script}.txt").read_text(encoding="utf-8")
        print(text.replace(f"{command.script}.sh", f"ei {command.name}"), end="")
        return 0
    if not command.module:
        script = str(TOOLS / f"{command.script}.sh")
        sys.stdout.flush()
        os.execv(script, [script, *command.arguments, *words])  # noqa: S606 - a script of this folder
    sys.argv = [f"ei {command.name}", *command.arguments, *words]
    try:
        runpy.run_module(command.module, run_name="__main__", alter_sys=False)
    except SystemExit as end:
        if isinstance(end.code, str):
            print(end.code, file=sys.stderr)
            return 1
        return int(end.code or 0)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
