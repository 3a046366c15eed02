"""Downloads: resumable, verified and atomic.

A download is written to `.<name>.part` next to its target. An interrupted download continues where
it stopped. The file is renamed to its target when size and checksums are correct.
"""

from __future__ import annotations

import hashlib
import http.client
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from apps.runtime.errors import DownloadError
from apps.runtime.logs import mask

__all__ = ["Progress", "RetryPolicy", "WantedFile", "fetch"]

#: Called with the bytes received and the total number of bytes (0 if unknown).
Progress = Callable[[int, int], None]

_CHUNK = 1 << 16
_NOT_THERE = frozenset({404, 410})
#: The partial file is longer than the file on the server.
_BEYOND_THE_END = 416
#: Status codes after which another attempt may succeed.
_TRY_AGAIN = frozenset({408, _BEYOND_THE_END, 425, 429, 500, 502, 503, 504})
_NETWORK = (urllib.error.URLError, http.client.HTTPException, ConnectionError, TimeoutError)


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """How often and how long a download is tried."""

    attempts: int = 5  #: attempts per address, 1 or more
    seconds: float = 30.0  #: time-out of an attempt while no data arrives
    #: called with the seconds to wait before another attempt
    pause: Callable[[float], object] = time.sleep


@dataclass(frozen=True, slots=True)
class WantedFile:
    """A file to download."""

    target: Path  #: path of the complete file
    #: http or https addresses, or local paths, tried in order until one exists
    addresses: tuple[str, ...]
    size: int = 0  #: bytes; 0 if unknown
    sha256: str = ""  #: hexadecimal; empty if unknown
    sha384: str = ""  #: hexadecimal; empty if unknown

    def is_there(self) -> bool:
        """Whether the target exists with the correct size and checksums."""
        return self.target.is_file() and not _problem(self, self.target)


def fetch(
    wanted: WantedFile,
    progress: Progress = lambda _done, _total: None,
    patience: RetryPolicy = RetryPolicy(),
) -> None:
    """Download a file.

    Args:
        wanted: the file.
        progress: called after every chunk.
        patience: how often and how long to try.

    Raises:
        DownloadError: No address has the file, every attempt failed, or the checksum is wrong (the
            file is then deleted).
    """
    part = wanted.target.with_name(f".{wanted.target.name}.part")
    try:
        wanted.target.parent.mkdir(parents=True, exist_ok=True)
        if _bring(wanted, part, progress, patience):
            _bring(wanted, part, progress, patience)  # again, from the first byte
        problem = _problem(wanted, part)
        if problem:
            part.unlink()
            raise DownloadError(
                f"{wanted.target.name}: {problem}; the file was deleted. {wanted.addresses[0]} "
                "serves a different file: try the official address or another mirror"
            )
        part.replace(wanted.target)
    except OSError as error:
        raise DownloadError(f"{wanted.target}: {error.strerror or error}") from error


def _bring(wanted: WantedFile, part: Path, progress: Progress, patience: RetryPolicy) -> bool:
    """Complete the partial file; True if a continued download was wrong and was removed."""
    continued = part.exists()
    for address in wanted.addresses:
        if _from(address, wanted, part, progress, patience):
            break
    else:
        others = len(wanted.addresses) - 1
        more = f" or at {others} other places of that mirror" if others else ""
        raise DownloadError(f"{wanted.target.name}: Not found at {mask(wanted.addresses[0])}{more}")
    if continued and _problem(wanted, part):
        part.unlink()
        return True
    return False


def _from(
    address: str, wanted: WantedFile, part: Path, progress: Progress, patience: RetryPolicy
) -> bool:
    """Complete the partial file from one address; False if the address does not have it."""
    failure = ""
    for attempt in range(patience.attempts):
        if attempt:
            patience.pause(min(2.0**attempt, 10.0))
        try:
            with _opened(address, part, patience.seconds) as (source, start, announced):
                _copy(source, part, start, wanted.size or announced, progress)
            return True
        except FileNotFoundError:
            return False
        except urllib.error.HTTPError as error:
            error.close()
            if error.code in _NOT_THERE:
                return False
            failure = _passing(error, address, part)
        except _NETWORK as error:
            failure = str(getattr(error, "reason", "") or error or type(error).__name__)
    raise DownloadError(
        f"{mask(address)}: {failure} ({patience.attempts} attempts). The next run continues the "
        "download"
    )


def _passing(error: urllib.error.HTTPError, address: str, part: Path) -> str:
    """Text of an HTTP error after which another attempt may succeed."""
    failure = f"HTTP {error.code} {error.reason}"
    if error.code not in _TRY_AGAIN:
        raise DownloadError(f"{mask(address)}: {failure}") from error
    if error.code == _BEYOND_THE_END:
        part.unlink(missing_ok=True)
    return failure


@contextmanager
def _opened(address: str, part: Path, seconds: float) -> Iterator[tuple[BinaryIO, int, int]]:
    """A readable source, its offset in bytes, and the announced size (0: unknown)."""
    if not address.startswith(("http://", "https://")):
        path = Path(address)
        with path.open("rb") as file:
            yield file, 0, path.stat().st_size
        return
    have = part.stat().st_size if part.exists() else 0
    headers = {"User-Agent": "elastic-inference", "Accept-Encoding": "identity"}
    if have:
        headers["Range"] = f"bytes={have}-"
    request = urllib.request.Request(address, headers=headers)  # noqa: S310 - http(s), see above
    with urllib.request.urlopen(request, timeout=seconds) as response:  # noqa: S310
        goes_on = response.status == 206 and str(
            response.headers.get("Content-Range", "")
        ).startswith(f"bytes {have}-")
        start = have if goes_on else 0
        length = int(response.headers.get("Content-Length") or 0)
        yield response, start, start + length if length else 0


def _copy(source: BinaryIO, part: Path, start: int, total: int, progress: Progress) -> None:
    done = start
    with part.open("r+b" if start else "wb") as file:
        file.seek(start)
        file.truncate()
        progress(done, total)
        while piece := source.read(_CHUNK):
            file.write(piece)
            done += len(piece)
            progress(done, total)
            if total and done > total:
                break  # too long: the check of the size reports it
    if done < total:
        raise ConnectionError(f"The connection ended after {done} of {total} bytes")


def _problem(wanted: WantedFile, path: Path) -> str:
    if wanted.size and path.stat().st_size != wanted.size:
        return f"size is {path.stat().st_size} bytes, expected {wanted.size}"
    for name, expected in (("sha256", wanted.sha256), ("sha384", wanted.sha384)):
        if expected:
            with path.open("rb") as file:
                found = hashlib.file_digest(file, name).hexdigest()
            if found != expected:
                return f"{name} is {found}, expected {expected}"
    return ""
