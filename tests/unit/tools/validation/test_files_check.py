"""Files are there, whole, and those of the manifest; or a sentence says what to do."""

from __future__ import annotations

import hashlib
from pathlib import Path

from apps.vision.models.manifest import ModelFile, ModelInput, ModelManifest
from tools.validation.files_check import check_files
from tools.validation.finding import CheckResult, Verdict

CONTENT = b"a model"
SHA = hashlib.sha256(CONTENT).hexdigest()


def findings(folder: Path, content: bytes | None, refused: dict[str, str]) -> list[CheckResult]:
    entry = ModelFile(file="m.onnx", size=len(CONTENT), sha256=SHA)
    manifest = ModelManifest(
        name="m", family="ssd", licence="none", origin="here",
        input=ModelInput(width=8, height=8), labels={}, precisions={"FP32": (entry,)},
        refused=refused,
    )  # fmt: skip
    path = folder / "m.onnx"
    if content is not None:
        path.write_bytes(content)
    return list(check_files(manifest, "FP32", folder, (path,) if content is not None else None))


def test_right_files_are_good(tmp_path: Path) -> None:
    (found,) = findings(tmp_path, CONTENT, {})
    assert found.verdict is Verdict.GOOD


def test_a_missing_file_is_told_its_place(tmp_path: Path) -> None:
    (found,) = findings(tmp_path, None, {})
    assert found.verdict is Verdict.PROBLEM
    assert f"m.onnx must lie together in {tmp_path}/omz/m/FP32 or {tmp_path}/m/FP32" in found.text


def test_another_file_is_told_what_the_manifest_would_have_to_say(tmp_path: Path) -> None:
    other = b"another"
    (found,) = findings(tmp_path, other, {})
    assert "differs from the manifest" in found.text
    assert f"write size: 7 and sha256: {hashlib.sha256(other).hexdigest()}" in found.text


def test_a_refused_file_and_a_pointer_are_never_to_be_written_in(tmp_path: Path) -> None:
    (refused,) = findings(tmp_path, CONTENT, {SHA: "finds things that are not there"})
    assert "finds things that are not there. Download the file" in refused.text
    (pointer,) = findings(tmp_path, b"version https://git-lfs.github.com/spec/v1", {})
    assert "Git-LFS pointer" in pointer.text
    assert "sha256" not in pointer.text
