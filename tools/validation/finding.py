"""Result of one check."""

from __future__ import annotations

from enum import StrEnum

from msgspec import Struct

__all__ = ["CheckResult", "Verdict", "good", "note", "problem"]


class Verdict(StrEnum):
    """Severity of a result."""

    GOOD = "good"
    NOTE = "note"  # informational
    PROBLEM = "problem"  # the model must not be used


class CheckResult(Struct, frozen=True):
    """Result of one check.

    Attributes:
        check: name of the check, one or two words.
        verdict: severity.
        text: one sentence; for a problem, including advice.
    """

    check: str
    verdict: Verdict
    text: str


def good(check: str, text: str) -> CheckResult:
    """A passed check."""
    return CheckResult(check, Verdict.GOOD, text)


def note(check: str, text: str) -> CheckResult:
    """An informational result."""
    return CheckResult(check, Verdict.NOTE, text)


def problem(check: str, text: str) -> CheckResult:
    """A problem that must be corrected."""
    return CheckResult(check, Verdict.PROBLEM, text)
