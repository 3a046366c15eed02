"""One thing that a check found."""

from __future__ import annotations

from enum import StrEnum

from msgspec import Struct

__all__ = ["Finding", "Verdict", "good", "note", "problem"]


class Verdict(StrEnum):
    """How bad it is."""

    GOOD = "good"
    NOTE = "note"  # worth to know, in nobody's way
    PROBLEM = "problem"  # not to be used like this


class Finding(Struct, frozen=True):
    """What one check found.

    Attributes:
        check: what was looked at, one or two words.
        verdict: how bad it is.
        text: one sentence for people; of a problem, what to do about it.
    """

    check: str
    verdict: Verdict
    text: str


def good(check: str, text: str) -> Finding:
    """It is as it should be."""
    return Finding(check, Verdict.GOOD, text)


def note(check: str, text: str) -> Finding:
    """It is worth to know."""
    return Finding(check, Verdict.NOTE, text)


def problem(check: str, text: str) -> Finding:
    """It must be changed."""
    return Finding(check, Verdict.PROBLEM, text)
