"""The pages: the built dashboard, or a plain page of our own while there is none.

All files are read at start, with what they are compressed to; nothing that a request says is ever
made into a path of the file system.
"""

from __future__ import annotations

import gzip
import hashlib
import mimetypes
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path

from apps.gateway.http.asgi import Answer, Request

__all__ = ["Pages", "load_pages"]

_PLAIN = Path(__file__).resolve().parents[1] / "page"
_DASHBOARD = Path(__file__).resolve().parents[3] / "spa" / "dist"
_COMPRESSED = ("text/", "application/json", "application/javascript", "image/svg", "font/ttf")
#: Built files carry a hash of their content in their names.
_FOR_EVER = "public, max-age=31536000, immutable"


@dataclass(frozen=True)
class _Page:
    body: bytes
    packed: bytes
    kind: str
    tag: str
    caching: str


class Pages:
    """The files of one folder, by path."""

    def __init__(self, pages: dict[str, _Page]) -> None:
        self._pages = pages

    def answer(self, request: Request) -> Answer | None:
        """The page of that path; None if there is none."""
        path = request.path
        page = self._pages.get("/index.html" if path == "/" else path)
        if page is None:
            return None
        headers = {"ETag": page.tag, "Cache-Control": page.caching, "Vary": "Accept-Encoding"}
        if request.headers.get("if-none-match") == page.tag:
            return Answer(b"", HTTPStatus.NOT_MODIFIED, page.kind, headers)
        accepted = request.headers.get("accept-encoding", "")
        if page.packed and "gzip" in accepted:
            headers["Content-Encoding"] = "gzip"
            return Answer(page.packed, HTTPStatus.OK, page.kind, headers)
        return Answer(page.body, HTTPStatus.OK, page.kind, headers)


def load_pages(folder: str = "") -> Pages:
    """The built dashboard of that folder (by default spa/dist), or the plain page."""
    built = Path(folder) if folder else _DASHBOARD
    root = built if (built / "index.html").is_file() else _PLAIN
    return Pages(
        {
            "/" + path.relative_to(root).as_posix(): _load(
                path, immutable=path.parent == root / "assets"
            )
            for path in sorted(root.rglob("*"))
            if path.is_file() and not path.name.startswith(".") and path.suffix != ".map"
        }
    )


def _load(path: Path, *, immutable: bool) -> _Page:
    body = path.read_bytes()
    kind = _kind(path)
    packed = gzip.compress(body, mtime=0) if kind.startswith(_COMPRESSED) else b""
    return _Page(
        body=body,
        packed=packed if 0 < len(packed) < len(body) else b"",
        kind=kind,
        tag=f'"{hashlib.sha256(body).hexdigest()[:20]}"',
        caching=_FOR_EVER if immutable else "no-cache",
    )


def _kind(path: Path) -> str:
    known = {".js": "text/javascript", ".mjs": "text/javascript", ".woff2": "font/woff2"}
    kind = known.get(path.suffix) or mimetypes.guess_type(path.name)[0]
    if kind is None:
        return "application/octet-stream"
    return f"{kind}; charset=utf-8" if kind.startswith("text/") else kind
