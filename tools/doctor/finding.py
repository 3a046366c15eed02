"""What a check says about one link of the chain."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

__all__ = [
    "ChainLink",
    "LinkFinding",
    "LinkState",
    "broken",
    "fine",
    "first_broken",
    "unchecked",
    "warning",
]


class ChainLink(StrEnum):
    """The links of the chain, in the order in which data passes them."""

    REDIS = "Redis"
    SOURCE = "source"
    QUEUE = "queue"
    WORKER = "worker"
    RESULTS = "results"
    GATEWAY = "gateway"
    PROMETHEUS = "Prometheus"
    ADAPTER = "adapter"
    HPA = "HPA"


class LinkState(StrEnum):
    """How a link is."""

    OK = "ok"
    WARNING = "warning"
    BROKEN = "BROKEN"
    UNCHECKED = "-"


@dataclass(frozen=True, slots=True)
class LinkFinding:
    """One statement about one link.

    Attributes:
        link: which link.
        state: how it is.
        text: what was found, one sentence.
        advice: what to do; empty where nothing is wrong.
    """

    link: ChainLink
    state: LinkState
    text: str
    advice: str = ""


def fine(link: ChainLink, text: str) -> LinkFinding:
    """A link that works."""
    return LinkFinding(link, LinkState.OK, text)


def warning(link: ChainLink, text: str, advice: str) -> LinkFinding:
    """A link that works, with something to improve."""
    return LinkFinding(link, LinkState.WARNING, text, advice)


def broken(link: ChainLink, text: str, advice: str) -> LinkFinding:
    """A link that does not work."""
    return LinkFinding(link, LinkState.BROKEN, text, advice)


def unchecked(link: ChainLink, text: str, advice: str = "") -> LinkFinding:
    """A link that could not be checked, for instance because a program is missing."""
    return LinkFinding(link, LinkState.UNCHECKED, text, advice)


def first_broken(findings: list[LinkFinding]) -> LinkFinding | None:
    """The broken finding that comes first in the chain; None if nothing is broken."""
    order = list(ChainLink)
    wrong = [finding for finding in findings if finding.state is LinkState.BROKEN]
    return min(wrong, key=lambda finding: order.index(finding.link), default=None)
