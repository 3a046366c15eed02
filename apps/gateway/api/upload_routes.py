"""`/api/uploads`: uploaded videos, stored in one folder, deleted with their stream."""

from __future__ import annotations

import asyncio
import re
import secrets
from http import HTTPStatus
from pathlib import Path

from quart import Response

from apps.gateway.api import answers
from apps.gateway.api.rest_call import RestCall, json_response
from apps.gateway.http.problem import ProblemError
from apps.gateway.settings import GatewaySettings
from apps.runtime.errors import SourceError

__all__ = ["PREFIX", "UploadRoutes", "is_video"]

PREFIX = "file:"

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,120}\Z")
_HEAD_BYTES = 512
_PART = ".part"


def is_video(head: bytes) -> bool:
    """Whether a file with these first 512 bytes (or fewer) is a video that streams can play."""
    return (
        head[4:8] in {b"ftyp", b"moov", b"mdat", b"wide", b"free"}  # MP4, MOV
        or head.startswith((b"\x1aE\xdf\xa3", b"OggS", b"FLV\x01", b"\x00\x00\x01\xba"))
        or (head.startswith(b"RIFF") and head[8:12] == b"AVI ")
        or (head[:1] == b"G" and head[188:189] == b"G" and head[376:377] == b"G")  # MPEG-TS
    )


class UploadRoutes:
    """Answers `POST /api/uploads`, and owns the folder of uploaded videos."""

    def __init__(self, settings: GatewaySettings) -> None:
        self._folder = Path(settings.uploads_dir).resolve() if settings.uploads_dir else None
        self._max_bytes = settings.upload_bytes
        self._max_total_bytes = settings.uploads_bytes
        self._one_at_a_time = asyncio.Lock()

    def path_of(self, source: str) -> str:
        """The path of an upload, from the source in the response to it.

        Raises:
            SourceError: there is no such upload.
        """
        name = source.removeprefix(PREFIX)
        if self._folder is None or not _NAME.match(name) or not (self._folder / name).is_file():
            raise SourceError(f"There is no uploaded video {name!r}: upload it first")
        return str(self._folder / name)

    def delete(self, path: str) -> None:
        """Delete an upload that no stream uses any more; other files are left alone."""
        file = Path(path)
        if self._folder is not None and file.parent == self._folder:
            file.unlink(missing_ok=True)

    async def upload_video(self, call: RestCall) -> Response:
        """`POST /api/uploads`."""
        folder = self._folder
        if folder is None:
            raise ProblemError(403, "Uploads are off: set EI_UPLOADS_DIR to a folder to allow them")
        name = _file_name(call.request.args.get("name", ""))
        async with self._one_at_a_time:
            free = self._max_total_bytes - await asyncio.to_thread(_used, folder)
            if free < min(self._max_bytes, call.request.content_length or 0):
                raise ProblemError(
                    507, "The space for uploads is used up: remove a stream that plays one"
                )
            await self._store(call, folder / name, min(self._max_bytes, free))
        return json_response(answers.Uploaded(source=PREFIX + name), HTTPStatus.CREATED)

    async def _store(self, call: RestCall, path: Path, limit: int) -> None:
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
        raise ProblemError(
            415,
            "This is not a video that can be played: send MP4, MOV, MKV, WebM, AVI, MPEG or FLV",
            headers={"Connection": "close"},
        )


def _file_name(text: str) -> str:
    """A safe file name that keeps the readable part of the client's, never a path."""
    stem = re.sub(r"[^A-Za-z0-9._-]+", "-", text.replace("\\", "/").rpartition("/")[2])[-80:]
    return f"{secrets.token_hex(4)}-{stem.strip('.-') or 'video'}"


def _used(folder: Path) -> int:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return sum(file.stat().st_size for file in folder.iterdir() if file.is_file())
