"""Mutants of the live scripts: the comparison with the expected ledger must detect each one."""

from __future__ import annotations

import hashlib
from types import ModuleType

import pytest

from apps.pipeline.live_queue import frame_consumer, frame_queue
from apps.pipeline.redis_script import Script

__all__ = ["MUTANTS", "apply_mutant"]

#: True for the first caller in a data set, on any connection.
_ONCE = "(call('HSETNX', LEDGER, 'mutant', '1') == 1)"

_ACCEPT = """\
  call('RPUSH', INDEX, size .. ' ' .. us(NOW) .. ' ' .. number .. ' ' .. name)
  call('HINCRBY', LEDGER, 'bytes', size)
  enforce_bounds()
  if call('LLEN', QUEUE) > 0 then call('RENAME', QUEUE, ENTRANCE) end
  call('LPUSH', ENTRANCE, '')
"""
_SWALLOW = f"if {_ONCE} then call('HINCRBY', LEDGER, 'pushed|' .. name, -1) else {_ACCEPT} end"
_FORGET = f"if {_ONCE} then count_up('pushed', victim.name, -1) else"

#: For each mutant: text in the scripts, and its replacement. The sum of the ledger shows the first
#: two; only the expected ledger shows the others.
MUTANTS: dict[str, tuple[str, str]] = {
    "one lost increment": (
        "count_up('lost', name, 1)",
        f"count_up('lost', name, {_ONCE} and 0 or 1)",
    ),
    "one double settlement": (
        "count_up(outcome, name, 1)",
        f"count_up(outcome, name, {_ONCE} and 2 or 1)",
    ),
    "one inferred frame counted as stale": (
        "count_up(outcome, name, 1)",
        f"count_up({_ONCE} and 'dropped|stale' or outcome, name, 1)",
    ),
    "one settlement counted for another stream": (
        "count_up(outcome, name, 1)",
        f"count_up(outcome, {_ONCE} and 'another' or name, 1)",
    ),
    "one pushed frame swallowed": (_ACCEPT, _SWALLOW),
    "one overflow forgotten on both sides": (
        "drop('overflow', victim.name, 1)",
        f"{_FORGET} drop('overflow', victim.name, 1) end",
    ),
}

_SCRIPTS: tuple[tuple[ModuleType, str], ...] = (
    (frame_consumer, "_POP"),
    (frame_consumer, "_SETTLE"),
    (frame_queue, "_PUSH"),
    (frame_queue, "_SWEEP"),
)


def apply_mutant(patch: pytest.MonkeyPatch, mutant: str) -> None:
    """Make this process run the scripts with one fault."""
    sound, faulty = MUTANTS[mutant]
    hits = 0
    for module, name in _SCRIPTS:
        text = getattr(module, name).text
        hits += text.count(sound)
        patch.setattr(module, name, _script(text.replace(sound, faulty)))
    assert hits, f"The scripts no longer contain {sound!r}"


def _script(text: str) -> Script:
    return Script(text, hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest())
