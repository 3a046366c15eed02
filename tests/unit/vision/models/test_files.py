"""Model files are found in several layouts and checked before use."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from apps.runtime.errors import ModelError
from apps.vision.models.files import find_files, verify
from apps.vision.models.manifest import ModelFile, ModelManifest

MakeManifest = Callable[..., ModelManifest]
SaveModel = Callable[..., Path]
Describe = Callable[[Path], tuple[ModelFile, ...]]


@pytest.fixture
def stored(
    manifest: MakeManifest, save_model: SaveModel, describe: Describe
) -> tuple[ModelManifest, tuple[Path, Path]]:
    """A model on disk and its manifest."""
    path = save_model()
    return manifest(precisions={"FP32": describe(path)}), (path, path.with_suffix(".bin"))


@pytest.mark.parametrize("place", ["omz/small/FP32", "small/FP32", "generic", "reid"])
def test_files_are_found_in_every_layout(
    tmp_path: Path, place: str, stored: tuple[ModelManifest, tuple[Path, Path]]
) -> None:
    manifest, paths = stored
    folder = tmp_path / "elsewhere" / place
    folder.mkdir(parents=True)
    for path in paths:
        (folder / path.name).write_bytes(path.read_bytes())
    found = find_files(manifest, "FP32", [tmp_path / "no_downloads", tmp_path / "elsewhere"])
    assert found == (folder / "small.xml", folder / "small.bin")


def test_the_first_directory_is_preferred(
    tmp_path: Path, stored: tuple[ModelManifest, tuple[Path, Path]]
) -> None:
    manifest, paths = stored
    found = find_files(manifest, "FP32", [tmp_path, tmp_path / "second"])
    assert found == paths


def test_an_incomplete_model_is_not_found(
    tmp_path: Path, stored: tuple[ModelManifest, tuple[Path, Path]]
) -> None:
    manifest, paths = stored
    paths[1].unlink()
    assert find_files(manifest, "FP32", [tmp_path]) is None
    assert find_files(manifest, "FP16", [tmp_path]) is None


def test_matching_files_are_accepted(stored: tuple[ModelManifest, tuple[Path, Path]]) -> None:
    manifest, paths = stored
    verify(manifest, "FP32", paths)


@pytest.mark.parametrize(
    ("damage", "why"),
    [
        (lambda _: b"version https://git-lfs.github.com/spec/v1\noid sha256:1\n", "Git-LFS"),
        (lambda content: content[:-1], "truncated"),
        (lambda _: b"", "truncated"),
        (lambda content: content + b"x", "SHA-256"),
        (lambda content: bytes([content[0] ^ 1]) + content[1:], "SHA-256"),
    ],
)
@pytest.mark.parametrize("part", [0, 1])
def test_a_wrong_file_is_refused_with_a_remedy(
    stored: tuple[ModelManifest, tuple[Path, Path]],
    damage: Callable[[bytes], bytes],
    why: str,
    part: int,
) -> None:
    manifest, paths = stored
    paths[part].write_bytes(damage(paths[part].read_bytes()))
    with pytest.raises(ModelError, match=why) as caught:
        verify(manifest, "FP32", paths)
    message = str(caught.value)
    assert message.startswith(str(paths[part]))
    assert "tools/download-models.sh --model small --precision FP32" in message
    assert "\n" not in message


def test_a_refused_file_is_reported_with_its_reason(
    stored: tuple[ModelManifest, tuple[Path, Path]], describe: Describe
) -> None:
    manifest, paths = stored
    bad = describe(paths[0])[1]
    manifest = msgspec.structs.replace(
        manifest, refused={bad.sha256: "is the release that sees ghosts"}
    )
    with pytest.raises(ModelError, match="sees ghosts"):
        verify(manifest, "FP32", paths)


def test_a_folder_instead_of_a_file_is_refused(
    stored: tuple[ModelManifest, tuple[Path, Path]],
) -> None:
    manifest, paths = stored
    paths[1].unlink()
    paths[1].mkdir()
    with pytest.raises(ModelError, match="cannot be read"):
        verify(manifest, "FP32", paths)
