"""Uploaded videos: taken in piece by piece, kept in one folder, and gone with their stream."""

from __future__ import annotations

import asyncio
import re
import secrets
from http import HTTPStatus
from pathlib import Path

from apps.gateway.api import answers
from apps.gateway.http.app import Call
from apps.gateway.http.asgi import Answer, RefusedError
from apps.gateway.settings import GatewaySettings
from apps.runtime.errors import SourceError

__all__ = ["PREFIX", "Uploads", "is_video"]

PREFIX = "file:"

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,120}\Z")
_HEAD_BYTES = 512
_PART = ".part"


def is_video(head: bytes) -> bool:
    """Whether a file that begins like this is a video that streams can play.

    Args:
        head: its first 512 bytes, or all of it if it is shorter.
    """
    return (
        head[4:8] in {b"ftyp", b"moov", b"mdat", b"wide", b"free"}  # MP4, MOV
        or head.startswith((b"\x1aE\xdf\xa3", b"OggS", b"FLV\x01", b"\x00\x00\x01\xba"))
        or (head.startswith(b"RIFF") and head[8:12] == b"AVI ")
        or (head[:1] == b"G" and head[188:189] == b"G" and head[376:377] == b"G")  # MPEG-TS
    )


class Uploads:
    """The folder of uploaded videos.

    Args:
        settings: the folder, and how much may be in it.
    """

    def __init__(self, settings: GatewaySettings) -> None:
        self._folder = Path(settings.uploads_dir).resolve() if settings.uploads_dir else None
        self._largest = settings.upload_bytes
        self._all = settings.uploads_bytes
        self._one_at_a_time = asyncio.Lock()

    def path_of(self, source: str) -> str:
        """The path of an upload, from what its answer called the source.

        Raises:
            SourceError: there is no such upload.
        """
        name = source.removeprefix(PREFIX)
        if self._folder is None or not _NAME.match(name) or not (self._folder / name).is_file():
            raise SourceError(f"there is no uploaded video {name!r}: upload it first")
        return str(self._folder / name)

    def forget(self, path: str) -> None:
        """Delete an upload that no stream plays any more; other files are left alone."""
        file = Path(path)
        if self._folder is not None and file.parent == self._folder:
            file.unlink(missing_ok=True)

    async def receive(self, call: Call) -> Answer:
        """`POST /api/uploads`."""
        folder = self._folder
        if folder is None:
            raise RefusedError(
                HTTPStatus.FORBIDDEN,
                "uploads are switched off here: EI_UPLOADS_DIR switches them on",
            )
        name = _file_name(call.request.query.get("name", ""))
        async with self._one_at_a_time:
            room = self._all - await asyncio.to_thread(_used, folder)
            if room < min(self._largest, call.request.length or 0):
                raise RefusedError(
                    HTTPStatus.INSUFFICIENT_STORAGE,
                    "there is no room: remove a stream that plays one",
                )
            await self._store(call, folder / name, min(self._largest, room))
        return Answer.json(answers.Uploaded(source=PREFIX + name), HTTPStatus.CREATED)

    async def _store(self, call: Call, path: Path, limit: int) -> None:
        part = path.with_name(path.name + _PART)
        head = b""
        try:
            with await asyncio.to_thread(part.open, "wb") as file:
                async for piece in call.request.chunks(limit):
                    checked = len(head) >= _HEAD_BYTES
                    head = head if checked else (head + piece)[:_HEAD_BYTES]
                    if not checked and len(head) == _HEAD_BYTES:
                        _check_head(head)
                    await asyncio.to_thread(file.write, piece)
            _check_head(head)
            await asyncio.to_thread(part.rename, path)
        finally:
            await asyncio.to_thread(part.unlink, missing_ok=True)


def _check_head(head: bytes) -> None:
    if not is_video(head):
        refusal = RefusedError(
            HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
            "this is no video that can be played: MP4, MOV, MKV, WebM, AVI, MPEG or FLV",
        )
        refusal.headers["Connection"] = "close"
        raise refusal


def _file_name(text: str) -> str:
    """A name of our own that still tells what it is: nothing of it is ever a path."""
    stem = re.sub(r"[^A-Za-z0-9._-]+", "-", text.replace("\\", "/").rpartition("/")[2])[-80:]
    return f"{secrets.token_hex(4)}-{stem.strip('.-') or 'video'}"


def _used(folder: Path) -> int:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return sum(file.stat().st_size for file in folder.iterdir() if file.is_file())
