"""One thing that a check found."""

from __future__ import annotations

from enum import StrEnum

from msgspec import Struct

__all__ = ["CheckResult", "Verdict", "good", "note", "problem"]


class Verdict(StrEnum):
    """How bad it is."""

    GOOD = "good"
    NOTE = "note"  # worth to know, in nobody's way
    PROBLEM = "problem"  # not to be used like this


class CheckResult(Struct, frozen=True):
    """What one check found.

    Attributes:
        check: what was looked at, one or two words.
        verdict: how bad it is.
        text: one sentence for people; of a problem, what to do about it.
    """

    check: str
    verdict: Verdict
    text: str


def good(check: str, text: str) -> CheckResult:
    """It is as it should be."""
    return CheckResult(check, Verdict.GOOD, text)


def note(check: str, text: str) -> CheckResult:
    """It is worth to know."""
    return CheckResult(check, Verdict.NOTE, text)


def problem(check: str, text: str) -> CheckResult:
    """It must be changed."""
    return CheckResult(check, Verdict.PROBLEM, text)
