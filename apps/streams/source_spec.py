"""Parses the address of a source into a typed value.

=============================  =====================================================
``camera:0``, ``/dev/video0``  a USB camera (V4L2)
``rtsp://…``, ``rtsps://…``    a network camera
``http://…``, ``https://…``    MJPEG, or a video from a server
``clip.mp4``, ``file:clip``    a video file, or one picture (``.jpg``, ``.png``, …)
``pictures/``                  a folder of pictures
``synthetic:pattern?fps=15``   a drawn scene; ``size=1280x720``, ``fps``, ``seed`` and the
                               options of the scene
=============================  =====================================================

A spec never shows a secret. `shown` omits credentials and the values of the query; `default_name`
also omits the long parts of a path.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias
from urllib.parse import SplitResult, parse_qsl, urlsplit

from apps.runtime import addresses
from apps.runtime.errors import SourceError

if TYPE_CHECKING:
    from apps.scenes.spec import SyntheticSpec

__all__ = ["AddressSpec", "CameraSpec", "FileSpec", "ImagesSpec", "SourceSpec", "parse_source"]

#: File name extensions of the pictures in a folder source.
PICTURE_SUFFIXES = frozenset({".jpg", ".jpeg", ".png", ".bmp", ".webp", ".tif", ".tiff"})

_CAMERA = re.compile(r"(?:camera:|/dev/video)(\d{1,3})\Z")
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*)://")
#: Longest file name on Linux, bytes.
_LONGEST_FILE_NAME = 255
#: Parts of a path up to this length are taken for names; longer ones may be secrets.
_LONGEST_PUBLIC_PART = 8


@dataclass(frozen=True)
class CameraSpec:
    """A camera of this machine.

    Attributes:
        index: the N of `/dev/videoN`.
    """

    index: int
    kind = "camera"

    @property
    def shown(self) -> str:
        """The address for display."""
        return f"camera:{self.index}"

    @property
    def default_name(self) -> str:
        """Name of a stream that has no other name."""
        return f"camera-{self.index}"


@dataclass(frozen=True)
class AddressSpec:
    """A camera or server on the network.

    Attributes:
        url: with its credentials; never display it.
    """

    url: str

    @property
    def kind(self) -> str:
        """`rtsp` or `http`."""
        return "rtsp" if self.parts.scheme.startswith("rtsp") else "http"

    @property
    def parts(self) -> SplitResult:
        """The parsed address."""
        return urlsplit(self.url)

    @property
    def shown(self) -> str:
        """The address without credentials and without the values of its query."""
        parts = self.parts
        secret = "***@" if "@" in parts.netloc else ""
        names = [name for name, _ in parse_qsl(parts.query, keep_blank_values=True)]
        query = "?" + "&".join(f"{name}=***" for name in names) if parts.query else ""
        return f"{parts.scheme}://{secret}{_host(parts)}{parts.path}{query}"

    @property
    def default_name(self) -> str:
        """Host, port and the short parts of the path."""
        path = [part for part in self.parts.path.split("/") if part]
        public = [part for part in path if len(part) <= _LONGEST_PUBLIC_PART]
        return _slug("-".join([_host(self.parts), *public]))

    def __repr__(self) -> str:
        return f"AddressSpec({self.shown!r})"


@dataclass(frozen=True)
class _PathSpec:
    path: Path

    @property
    def shown(self) -> str:
        """The address for display."""
        return str(self.path)

    @property
    def default_name(self) -> str:
        """Name of a stream that has no other name."""
        return _slug(self.path.stem)


class FileSpec(_PathSpec):
    """A video file."""

    kind = "file"


class ImagesSpec(_PathSpec):
    """A folder of pictures, or one picture."""

    kind = "images"


SourceSpec: TypeAlias = "CameraSpec | AddressSpec | FileSpec | ImagesSpec | SyntheticSpec"


def parse_source(text: str, is_folder: Callable[[Path], bool] = Path.is_dir) -> SourceSpec:
    """Parse the address of a source; `is_folder` tells whether a path is a folder.

    Raises:
        SourceError: it is malformed; the text says what to write and contains no secret.
    """
    text = text.strip()
    if not text:
        raise SourceError(f"The source is empty: write {_EXAMPLES}")
    if camera := _CAMERA.match(text):
        return CameraSpec(int(camera[1]))
    if text.startswith("camera:"):
        raise SourceError(f"{text!r} is not a camera: write camera:0 for /dev/video0")
    if text.startswith("synthetic:"):
        from apps.scenes.spec import parse_scene  # noqa: PLC0415 - scenes load only when asked for

        return parse_scene(text.removeprefix("synthetic:"))
    scheme = _SCHEME.match(text)
    if scheme and scheme[1].lower() != "file":
        return _parse_address(text, scheme[1].lower())
    return _parse_path(text, is_folder)


_EXAMPLES = "camera:0, a video file, a folder of pictures, rtsp://…, http://… or synthetic:pattern"


def _parse_address(text: str, scheme: str) -> AddressSpec:
    if scheme not in addresses.SCHEMES:
        raise SourceError(f"Unsupported protocol {scheme}://: write {_EXAMPLES}")
    try:
        addresses.host_and_port(text)
    except SourceError as error:
        # the usual reason; the message must not repeat the address, which may hold a password
        hint = "percent-encode '/', '?', '#', '@' and ':' in a password"
        raise SourceError(f"{error}; {hint}") from error
    return AddressSpec(text)


def _parse_path(text: str, is_folder: Callable[[Path], bool]) -> FileSpec | ImagesSpec:
    if text.lower().startswith("file:"):
        text = text[5:]
        text = text[2:] if text.startswith("///") else text
    if not text or "\0" in text:
        raise SourceError(f"The file name is missing: write {_EXAMPLES}")
    parts = text.encode(errors="surrogatepass").split(b"/")
    if max(map(len, parts)) > _LONGEST_FILE_NAME:
        limit = f"at most {_LONGEST_FILE_NAME} bytes for each part"
        raise SourceError(f"The file name is too long: {limit}")
    path = Path.home() / text[2:] if text.startswith("~/") else Path(text)
    if path.suffix.lower() in PICTURE_SUFFIXES or is_folder(path):
        return ImagesSpec(path)
    return FileSpec(path)


def _host(parts: SplitResult) -> str:
    return parts.netloc.rpartition("@")[2]


def _slug(text: str) -> str:
    return re.sub(r"[^\w.-]+", "-", text).strip("-.") or "stream"
