"""What a model is: `models/<name>/model.yaml`.

One file says everything that running the model needs: its family (which code reads its outputs),
class names, how a picture becomes its input, thresholds, where each precision's files come from and
their checksums, and the licence. Nothing about one model stands in code.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

import msgspec
import yaml
from msgspec import Struct

from apps.runtime.errors import ModelError

__all__ = ["ModelFile", "ModelInput", "ModelManifest", "load_manifest", "load_manifests"]


class ModelFile(Struct, frozen=True, forbid_unknown_fields=True):
    """One file of one precision.

    Attributes:
        file: name; the first of a precision is the one that OpenVINO reads.
        size: bytes.
        sha256: checksum, hexadecimal.
        url: official address; empty for a file that ships with the repository.
        sha384: the publisher's own checksum, hexadecimal, where there is one.
    """

    file: str
    size: int
    sha256: str
    url: str = ""
    sha384: str = ""


class ModelInput(Struct, frozen=True, forbid_unknown_fields=True):
    """How a picture becomes the model's input.

    Attributes:
        width: pixels.
        height: pixels.
        colour: order of the channels that the model was trained on.
        mean: subtracted from each channel, in the model's order, on a scale of 0..255.
        std: divides each channel after that.
        resize: `stretch` over the whole input, or `letterbox`: proportions kept, rest filled.
        fill: grey value of the rest, 0..255.
        reshape: the file says another size, or none, and may be reshaped to this one.
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
        name: the folder's.
        family: key of `apps.vision.models.registry.FAMILIES`.
        licence: of the weights.
        origin: who publishes it.
        input: how a picture becomes its input.
        labels: class names by the number that the model answers with.
        tasks: what it is good for, for people who choose.
        score_threshold: detections below are left out, 0..1.
        overlap_threshold: IoU above which the weaker of two boxes of a class goes; for families
            whose files have no suppression of their own.
        precisions: files by precision, as the publisher names them (`FP16-INT8`, `FP32`).
        refused: SHA-256 of files that carry the right name and must not be used, and why.
        notes: for people.
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
        """The files of a precision are part of the repository: there is nothing to download."""
        return not any(entry.url for entry in self.precisions[precision])


def load_manifest(path: Path) -> ModelManifest:
    """Read one manifest.

    Raises:
        ModelError: it cannot be read, a field is missing, unknown or of the wrong type, or its
            name is not its folder's.
    """
    try:
        content: Any = yaml.safe_load(path.read_text(encoding="utf-8"))
        manifest = msgspec.convert(content, ModelManifest)
    except (OSError, UnicodeDecodeError, yaml.YAMLError, msgspec.ValidationError) as error:
        raise ModelError(f"{path}: {' '.join(str(error).split())}") from error
    if manifest.name != path.parent.name:
        raise ModelError(f"{path}: its name is {manifest.name}, its folder's {path.parent.name}")
    if not all(manifest.precisions.values()):
        raise ModelError(f"{path}: a precision without files")
    for name, entries in manifest.precisions.items():
        if not manifest.ships(name) and not all(entry.url for entry in entries):
            raise ModelError(f"{path}: {name}: an address for some of its files, none for others")
    return manifest


def load_manifests(directory: Path) -> dict[str, ModelManifest]:
    """Every manifest of `directory/<name>/model.yaml`, by name.

    Raises:
        ModelError: one of them is wrong.
    """
    paths = sorted(directory.glob("*/model.yaml"))
    return {path.parent.name: load_manifest(path) for path in paths}
