"""Equivalent labels of models and categories of data; see `classes.yaml`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import yaml
from msgspec import Struct

from apps.runtime.errors import ElasticError

__all__ = ["CLASSES", "Classes", "MotClass", "load_classes"]

CLASSES = Path(__file__).with_name("classes.yaml")


class MotClass(Struct, frozen=True, forbid_unknown_fields=True):
    """Meaning of one class number of a MOT file.

    Attributes:
        label: name of the class.
        counts: False for objects that are neither required nor penalised.
    """

    label: str
    counts: bool = True


class Classes(Struct, frozen=True, forbid_unknown_fields=True):
    """Equivalent names, and the class numbers of MOT files.

    Attributes:
        same: names of models and data by measured class.
        mot: meaning of the class numbers of MOT files.
    """

    same: dict[str, tuple[str, ...]] = {}
    mot: dict[int, MotClass] = {}

    def of(self, name: str) -> str:
        """The class that a label or category is measured as."""
        return next((group for group, names in self.same.items() if name in names), name)


def load_classes(path: Path = CLASSES) -> Classes:
    """Read a file like `classes.yaml`.

    Raises:
        ElasticError: The file cannot be read, a field is invalid, or a name is in two classes.
    """
    try:
        content: Any = yaml.safe_load(path.read_text(encoding="utf-8"))
        classes = msgspec.convert(content or {}, Classes)
    except (OSError, UnicodeDecodeError, yaml.YAMLError, msgspec.ValidationError) as error:
        raise ElasticError(f"{path}: {' '.join(str(error).split())}") from error
    names = [name for group in classes.same.values() for name in group]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise ElasticError(f"{path}: {', '.join(twice)} is in two classes")
    return classes
