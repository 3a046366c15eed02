"""Uploaded videos."""

from __future__ import annotations

import asyncio
import dataclasses
import json
from collections.abc import Iterable
from pathlib import Path

import pytest

from apps.gateway.api.rest_call import RestCall
from apps.gateway.api.upload_routes import UploadRoutes, is_video
from apps.gateway.auth.identity import LOCAL
from apps.gateway.http.problem import ProblemError
from apps.gateway.settings import GatewaySettings
from apps.runtime.errors import SourceError
from tests.unit.gateway.requests import body_of, request

VIDEO = b"\x00\x00\x00\x20ftypisom" + b"\x00" * 2000


def uploads(folder: Path | str, **changes: int) -> UploadRoutes:
    settings = GatewaySettings(uploads_dir=str(folder))
    return UploadRoutes(dataclasses.replace(settings, **changes))  # type: ignore[arg-type]  # all int


def call(name: str, body: Iterable[bytes], **headers: str) -> RestCall:
    named = {key.replace("_", "-"): value for key, value in headers.items()}
    asked = request(f"/api/uploads?name={name}", method="POST", headers=named, body=body)
    return RestCall(asked, LOCAL)


async def upload(folder: Path, name: str = "clip.mp4", data: bytes = VIDEO) -> str:
    answer = await uploads(folder).upload_video(call(name, [data[:700], data[700:]]))
    source: str = json.loads(await body_of(answer))["source"]
    return source


def names(folder: Path) -> list[str]:
    return sorted(file.name for file in folder.iterdir()) if folder.exists() else []


def content(path: str) -> bytes:
    return Path(path).read_bytes()


async def test_a_video_is_kept_under_a_safe_name(tmp_path: Path) -> None:
    source = await upload(tmp_path)
    path = uploads(tmp_path).path_of(source)
    assert content(path) == VIDEO
    assert source.endswith("-clip.mp4")
    assert names(tmp_path) == [path.rpartition("/")[2]]


@pytest.mark.parametrize(
    "name",
    ["../../etc/passwd", "..%2F..%2Fx", "%2Fetc%2Fpasswd", "C:%5Cclip.mp4", "", ".", "..", "%00",
     "a%0Ab", ".part", "x" * 500, "%D1%84%D0%B8%D0%BB%D1%8C%D0%BC.mp4"],
)  # fmt: skip
async def test_a_name_is_never_a_path(tmp_path: Path, name: str) -> None:
    folder = tmp_path / "uploads"
    source = await upload(folder, name)
    assert names(tmp_path) == ["uploads"]
    assert uploads(folder).path_of(source) == str(folder / names(folder)[0])


@pytest.mark.parametrize(
    "source",
    ["file:nothing.mp4", "file:../secret", "file:/etc/passwd", "file:", "file:.hidden",
     "file:a/b", "file:..", "file:x\n"],
)  # fmt: skip
def test_only_uploads_are_found(tmp_path: Path, source: str) -> None:
    (tmp_path / "secret").write_text("x", encoding="utf-8")
    folder = tmp_path / "uploads"
    folder.mkdir()
    (folder / ".hidden").write_text("x", encoding="utf-8")
    with pytest.raises(SourceError):
        uploads(folder).path_of(source)


@pytest.mark.parametrize(
    "data", [b"", b"x", b"\xff\xd8\xff\xe0" + b"\x00" * 900, b"#!/bin/sh\n" * 99, b"GET / HTTP/1.1"]
)
async def test_other_files_are_refused_and_leave_nothing(tmp_path: Path, data: bytes) -> None:
    with pytest.raises(ProblemError) as refusal:
        await upload(tmp_path, data=data)
    assert refusal.value.status == 415
    assert names(tmp_path) == []


async def test_a_large_video_is_refused_and_leaves_nothing(tmp_path: Path) -> None:
    small = uploads(tmp_path, upload_bytes=1024)
    with pytest.raises(ProblemError) as refusal:
        await small.upload_video(call("clip.mp4", [VIDEO]))
    assert refusal.value.status == 413
    with pytest.raises(ProblemError) as refusal:
        await small.upload_video(call("clip.mp4", [VIDEO], content_length="2012"))
    assert refusal.value.status == 413
    assert names(tmp_path) == []


async def test_an_aborted_upload_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(ProblemError):
        await uploads(tmp_path).upload_video(call("clip.mp4", []))
    assert names(tmp_path) == []


async def test_a_full_folder_accepts_no_more(tmp_path: Path) -> None:
    (tmp_path / "old.mp4").write_bytes(b"x" * 3000)
    small = uploads(tmp_path, uploads_bytes=4000, upload_bytes=100_000)
    with pytest.raises(ProblemError) as refusal:
        await small.upload_video(call("clip.mp4", [VIDEO], content_length="2012"))
    assert refusal.value.status == 507


async def test_simultaneous_uploads_do_not_share_the_last_space(tmp_path: Path) -> None:
    small = uploads(tmp_path, uploads_bytes=3000, upload_bytes=100_000)
    outcomes = await asyncio.gather(
        *(small.upload_video(call("clip.mp4", [VIDEO])) for _ in range(3)), return_exceptions=True
    )
    assert sum(not isinstance(outcome, Exception) for outcome in outcomes) == 1


async def test_without_a_folder_uploads_are_refused() -> None:
    with pytest.raises(ProblemError, match="EI_UPLOADS_DIR"):
        await uploads("").upload_video(call("clip.mp4", [VIDEO]))
    with pytest.raises(SourceError):
        uploads("").path_of("file:clip.mp4")


async def test_only_uploads_are_deleted(tmp_path: Path) -> None:
    folder = tmp_path / "uploads"
    path = uploads(folder).path_of(await upload(folder))
    other = tmp_path / "other.mp4"
    other.write_bytes(VIDEO)
    uploads(folder).delete(str(other))
    uploads(folder).delete(path)
    assert names(folder) == []
    assert other.exists()


@pytest.mark.parametrize(
    "head",
    [b"\x00\x00\x00\x18ftypmp42", b"\x1aE\xdf\xa3rest", b"RIFF\x00\x00\x00\x00AVI LIST",
     b"G" + b"\x00" * 187 + b"G" + b"\x00" * 187 + b"G", b"FLV\x01\x05", b"\x00\x00\x01\xba"],
)  # fmt: skip
def test_videos_are_known_by_how_they_begin(head: bytes) -> None:
    assert is_video(head)
    assert not is_video(b"RIFF\x00\x00\x00\x00WAVE")
