"""The files of the built dashboard, or one sentence that says how to build it.

All files are read at start, together with their compressed form. A request selects one of them by
its path; nothing in a request is ever made into a path of the file system.
"""

from __future__ import annotations

import gzip
import hashlib
import mimetypes
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path

from quart import Response

__all__ = ["Page", "load_pages"]

_DASHBOARD = Path(__file__).resolve().parents[3] / "spa" / "dist"
_COMPRESSED = ("text/", "application/json", "application/javascript", "image/svg", "font/ttf")
#: Built files carry a hash of their content in their names.
_IMMUTABLE = "public, max-age=31536000, immutable"
_NOT_BUILT = (
    b"The dashboard is not built: run ./tools/build-dashboard.sh and restart the gateway. "
    b"The API is described at /api/docs.\n"
)


@dataclass(frozen=True)
class Page:
    """One file, ready to send."""

    body: bytes
    packed: bytes  #: compressed with gzip; empty if that is not smaller
    kind: str
    tag: str
    caching: str

    def response(self, headers: Mapping[str, str]) -> Response:
        """The answer to a request with these headers (names in lower case)."""
        own = {"ETag": self.tag, "Cache-Control": self.caching, "Vary": "Accept-Encoding"}
        if headers.get("if-none-match") == self.tag:
            return Response(b"", HTTPStatus.NOT_MODIFIED, own, content_type=self.kind)
        if self.packed and "gzip" in headers.get("accept-encoding", ""):
            own["Content-Encoding"] = "gzip"
            return Response(self.packed, HTTPStatus.OK, own, content_type=self.kind)
        return Response(self.body, HTTPStatus.OK, own, content_type=self.kind)


def load_pages(folder: str = "") -> dict[str, Page]:
    """The built dashboard of that folder, by default spa/dist, by path."""
    root = Path(folder) if folder else _DASHBOARD
    if not (root / "index.html").is_file():
        return {"/": _page(_NOT_BUILT, "text/plain; charset=utf-8", immutable=False)}
    pages = {
        "/" + path.relative_to(root).as_posix(): _page(
            path.read_bytes(), _kind(path), immutable=path.parent == root / "assets"
        )
        for path in sorted(root.rglob("*"))
        if path.is_file() and not path.name.startswith(".") and path.suffix != ".map"
    }
    return {"/": pages["/index.html"], **pages}


def _page(body: bytes, kind: str, *, immutable: bool) -> Page:
    packed = gzip.compress(body, mtime=0) if kind.startswith(_COMPRESSED) else b""
    return Page(
        body=body,
        packed=packed if 0 < len(packed) < len(body) else b"",
        kind=kind,
        tag=f'"{hashlib.sha256(body).hexdigest()[:20]}"',
        caching=_IMMUTABLE if immutable else "no-cache",
    )


def _kind(path: Path) -> str:
    known = {".js": "text/javascript", ".mjs": "text/javascript", ".woff2": "font/woff2"}
    kind = known.get(path.suffix) or mimetypes.guess_type(path.name)[0]
    if kind is None:
        return "application/octet-stream"
    return f"{kind}; charset=utf-8" if kind.startswith("text/") else kind
