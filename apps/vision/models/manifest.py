"""Model manifests, `models/<name>/model.yaml`.

A manifest contains everything needed to run a model: its family (the code that reads its outputs),
class names, preprocessing, thresholds, addresses and checksums of the files of each precision, and
the licence. The code contains nothing about a single model.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal, TypeVar

import msgspec
import yaml
from msgspec import Struct

from apps.runtime.errors import ModelError

__all__ = ["ModelFile", "ModelInput", "ModelManifest", "load_manifest", "load_manifests", "read_as"]

T = TypeVar("T")


class ModelFile(Struct, frozen=True, forbid_unknown_fields=True):
    """One file of one precision.

    Attributes:
        file: name; OpenVINO reads the first file of a precision.
        size: bytes.
        sha256: checksum, hexadecimal.
        url: official address; empty if the file ships with the repository.
        sha384: the publisher's checksum, hexadecimal; may be empty.
    """

    file: str
    size: int
    sha256: str
    url: str = ""
    sha384: str = ""


class ModelInput(Struct, frozen=True, forbid_unknown_fields=True):
    """Preprocessing: from a picture to the input of the model.

    Attributes:
        width: pixels.
        height: pixels.
        colour: channel order of the model.
        mean: subtracted from each channel, in the model's order, 0..255.
        std: divisor of each channel after the subtraction.
        resize: `stretch` to the whole input, or `letterbox`: aspect ratio kept, the rest filled.
        fill: grey value of the remaining area, 0..255.
        reshape: the file has a different or dynamic size and is reshaped to this one.
    """

    width: int
    height: int
    colour: Literal["bgr", "rgb"] = "bgr"
    mean: tuple[float, float, float] = (0.0, 0.0, 0.0)
    std: tuple[float, float, float] = (1.0, 1.0, 1.0)
    resize: Literal["stretch", "letterbox"] = "stretch"
    fill: int = 0
    reshape: bool = False


class ModelManifest(Struct, frozen=True, forbid_unknown_fields=True):
    """One model.

    Attributes:
        name: name of the folder.
        family: key of `apps.vision.models.registry.FAMILIES`.
        licence: of the weights.
        origin: publisher.
        input: preprocessing.
        labels: class names by class number.
        tasks: suitable uses, for readers.
        score_threshold: minimum score of a detection, 0..1.
        overlap_threshold: IoU above which the weaker of two boxes of a class is removed; for
            families without built-in suppression.
        precisions: files by precision, with the publisher's names (`FP16-INT8`, `FP32`).
        refused: SHA-256 of files with the right name that must not be used, and the reason.
        notes: for readers.
    """

    name: str
    family: str
    licence: str
    origin: str
    input: ModelInput
    labels: dict[int, str]
    precisions: dict[str, tuple[ModelFile, ...]]
    tasks: tuple[str, ...] = ()
    score_threshold: float = 0.5
    overlap_threshold: float = 0.45
    refused: dict[str, str] = {}
    notes: str = ""

    def ships(self, precision: str) -> bool:
        """Whether the repository contains the files of a precision."""
        return not any(entry.url for entry in self.precisions[precision])


def read_as(path: Path, kind: type[T]) -> T:
    """The content of a YAML file, as a value of `kind`.

    Raises:
        ModelError: the file cannot be read, or a field is missing, unknown or of the wrong type.
    """
    try:
        content: Any = yaml.safe_load(path.read_text(encoding="utf-8"))
        return msgspec.convert(content, kind)
    except (OSError, UnicodeDecodeError, yaml.YAMLError, msgspec.ValidationError) as error:
        raise ModelError(f"{path}: {' '.join(str(error).split())}") from error


def load_manifest(path: Path) -> ModelManifest:
    """Read one manifest.

    Raises:
        ModelError: the file cannot be read, a field is missing, unknown or of the wrong type, or
            the name differs from the folder.
    """
    manifest = read_as(path, ModelManifest)
    if manifest.name != path.parent.name:
        raise ModelError(
            f"{path}: the name is {manifest.name}, but the folder is {path.parent.name}"
        )
    if not all(manifest.precisions.values()):
        raise ModelError(f"{path}: a precision has no files")
    for name, entries in manifest.precisions.items():
        if not manifest.ships(name) and not all(entry.url for entry in entries):
            raise ModelError(f"{path}: {name}: some files have a url and others do not")
    return manifest


def load_manifests(directory: Path) -> dict[str, ModelManifest]:
    """All manifests `directory/<name>/model.yaml`, by name.

    Raises:
        ModelError: a manifest is invalid.
    """
    paths = sorted(directory.glob("*/model.yaml"))
    return {path.parent.name: load_manifest(path) for path in paths}
