"""A trained model as the project wants it: `models/<name>/` with files, manifest and card."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec
import openvino as ov
import yaml

from apps.vision.models.manifest import ModelFile, ModelInput, ModelManifest

__all__ = ["PRECISIONS", "lay_down", "manifest_of"]

#: The precisions that are written, the one that is tried first before the other.
PRECISIONS = ("FP16-INT8", "FP16")


def manifest_of(
    name: str,
    family: str,
    labels: Sequence[str],
    input_: ModelInput,
    *,
    licence: str,
    origin: str,
    tasks: Sequence[str] = (),
    threshold: float = 0.5,
) -> ModelManifest:
    """The manifest of a model whose files are not written yet."""
    return ModelManifest(
        name=name,
        family=family,
        licence=licence,
        origin=origin,
        input=input_,
        labels=dict(enumerate(labels)),
        precisions={},
        tasks=tuple(tasks),
        score_threshold=round(threshold, 2),
        overlap_threshold=0.6,
    )


def lay_down(
    manifest: ModelManifest, models: Mapping[str, ov.Model], card: str, folder: Path
) -> ModelManifest:
    """Write files, `model.yaml` and `README.md`.

    Args:
        manifest: of the model, without files.
        models: by precision.
        card: what people should know.
        folder: `<models>/<name>`, made where it is missing.

    Returns:
        The manifest with its files.
    """
    precisions = {}
    for precision in PRECISIONS:
        path = folder / precision / f"{manifest.name}.xml"
        path.parent.mkdir(parents=True, exist_ok=True)
        ov.save_model(models[precision], path, compress_to_fp16=True)
        precisions[precision] = (_described(path), _described(path.with_suffix(".bin")))
    manifest = msgspec.structs.replace(manifest, precisions=precisions)
    (folder / "model.yaml").write_text(_as_yaml(manifest), encoding="utf-8")
    (folder / "README.md").write_text(card, encoding="utf-8")
    return manifest


def _described(path: Path) -> ModelFile:
    content = path.read_bytes()
    return ModelFile(file=path.name, size=len(content), sha256=hashlib.sha256(content).hexdigest())


def _as_yaml(manifest: ModelManifest) -> str:
    """Fields that differ from their defaults, in the order of the other manifests."""
    content: dict[str, Any] = msgspec.to_builtins(manifest, str_keys=False)
    for field in msgspec.structs.fields(ModelManifest):
        if not field.required and not content[field.name]:
            del content[field.name]
    plain = msgspec.to_builtins(ModelInput(0, 0))
    content["input"] = {
        field: value for field, value in content["input"].items() if value != plain[field]
    }
    content["precisions"] = {
        precision: [{key: value for key, value in entry.items() if value} for entry in entries]
        for precision, entries in content["precisions"].items()
    }
    return yaml.safe_dump(
        content, sort_keys=False, allow_unicode=True, default_flow_style=None, width=100
    )
