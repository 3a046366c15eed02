"""Which tasks the images serve by themselves, without a model that somebody downloads."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from apps.vision.models.catalogue import TaskModels
from apps.vision.models.haar import CASCADES

__all__ = ["needing_download"]

#: Models of the project's own, whose weights lie in models/ and so in the vision images.
_OWN = "ei-"


def needing_download(wanted: Sequence[str], tasks: Mapping[str, TaskModels]) -> list[str]:
    """Those of the wanted tasks for which no shipped model and no cascade is a candidate.

    Args:
        wanted: names, all of them known.
        tasks: all tasks, by name.
    """
    return [name for name in wanted if not _is_shipped(name, tasks)]


def _is_shipped(name: str, tasks: Mapping[str, TaskModels]) -> bool:
    task = tasks[name]
    if task.embed:
        return _is_shipped(task.detect, tasks) and _is_shipped(task.embed, tasks)
    return any(item in CASCADES or item.startswith(_OWN) for item in task.candidates)
