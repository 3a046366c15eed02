"""Which tasks the images serve without downloaded models."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from apps.vision.models.catalogue import TaskModels
from apps.vision.models.haar import CASCADES

__all__ = ["needing_download"]

#: Prefix of the models whose weights ship in models/ and so in the vision images.
_OWN = "ei-"


def needing_download(wanted: Sequence[str], tasks: Mapping[str, TaskModels]) -> list[str]:
    """The tasks that have neither a shipped model nor a cascade as a candidate.

    Args:
        wanted: names of known tasks.
        tasks: all tasks, by name.
    """
    return [name for name in wanted if not _is_shipped(name, tasks)]


def _is_shipped(name: str, tasks: Mapping[str, TaskModels]) -> bool:
    task = tasks[name]
    if task.embed:
        return _is_shipped(task.detect, tasks) and _is_shipped(task.embed, tasks)
    return any(item in CASCADES or item.startswith(_OWN) for item in task.candidates)
