"""Fetching files to this machine: resumable, verified, and either whole or not there.

A file grows as `.<name>.part` beside its place. A download that was interrupted goes on where it
stopped; only when size and checksums are right is it renamed to its name.
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

#: Told how many bytes are there and how many there will be (0 while unknown).
Progress = Callable[[int, int], None]

_CHUNK = 1 << 16
_NOT_THERE = frozenset({404, 410})
#: The part is longer than what the server has.
_BEYOND_THE_END = 416
#: Answers that may be better a moment later.
_TRY_AGAIN = frozenset({408, _BEYOND_THE_END, 425, 429, 500, 502, 503, 504})
_NETWORK = (urllib.error.URLError, http.client.HTTPException, ConnectionError, TimeoutError)


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """How long a bad network is put up with.

    Attributes:
        attempts: at each address, 1 or more.
        seconds: without an answer, or without another byte, that end an attempt.
        pause: waits that many seconds before another attempt.
    """

    attempts: int = 5
    seconds: float = 30.0
    pause: Callable[[float], object] = time.sleep


@dataclass(frozen=True, slots=True)
class WantedFile:
    """A file that should be on this machine.

    Attributes:
        target: where it belongs.
        addresses: http or https addresses, or paths of this machine, tried in order while it is
            not found.
        size: bytes; 0 if unknown.
        sha256: hexadecimal; empty if unknown.
        sha384: hexadecimal; empty if unknown.
    """

    target: Path
    addresses: tuple[str, ...]
    size: int = 0
    sha256: str = ""
    sha384: str = ""

    def is_there(self) -> bool:
        """Whether the right file is in its place."""
        return self.target.is_file() and not _problem(self, self.target)


def fetch(
    wanted: WantedFile,
    progress: Progress = lambda _done, _total: None,
    patience: RetryPolicy = RetryPolicy(),
) -> None:
    """Bring a file to its place.

    Args:
        wanted: the file.
        progress: told about every piece.
        patience: with the network.

    Raises:
        DownloadError: no address has it, the network failed again and again, or what came is not
            what its checksum says (then it is not kept).
    """
    part = wanted.target.with_name(f".{wanted.target.name}.part")
    try:
        wanted.target.parent.mkdir(parents=True, exist_ok=True)
        if _bring(wanted, part, progress, patience):
            _bring(wanted, part, progress, patience)  # once more, from its first byte
        problem = _problem(wanted, part)
        if problem:
            part.unlink()
            raise DownloadError(
                f"{wanted.target.name}: {problem}; it was not kept. {wanted.addresses[0]} serves "
                "another file: try the official address, or another mirror"
            )
        part.replace(wanted.target)
    except OSError as error:
        raise DownloadError(f"{wanted.target}: {error.strerror or error}") from error


def _bring(wanted: WantedFile, part: Path, progress: Progress, patience: RetryPolicy) -> bool:
    """Fill the part; True if it was continued and turned out wrong, so that it was removed."""
    continued = part.exists()
    for address in wanted.addresses:
        if _from(address, wanted, part, progress, patience):
            break
    else:
        others = len(wanted.addresses) - 1
        more = f", nor at {others} other places of that mirror" if others else ""
        raise DownloadError(f"{wanted.target.name}: not found at {mask(wanted.addresses[0])}{more}")
    if continued and _problem(wanted, part):
        part.unlink()
        return True
    return False


def _from(
    address: str,
    wanted: WantedFile,
    part: Path,
    progress: Progress,
    patience: RetryPolicy,
) -> bool:
    """Fill the part from one address; False if it is not there."""
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
        f"{mask(address)}: {failure}, {patience.attempts} times; what is there is kept, and the "
        "next try goes on from it"
    )


def _passing(error: urllib.error.HTTPError, address: str, part: Path) -> str:
    """What the server said, if it may be better a moment later."""
    failure = f"HTTP {error.code} {error.reason}"
    if error.code not in _TRY_AGAIN:
        raise DownloadError(f"{mask(address)}: {failure}") from error
    if error.code == _BEYOND_THE_END:
        part.unlink(missing_ok=True)
    return failure


@contextmanager
def _opened(address: str, part: Path, seconds: float) -> Iterator[tuple[BinaryIO, int, int]]:
    """A readable source, the byte that it begins with, and the size it announces (0: unknown)."""
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
                break  # more than there should be: the checksum will say so
    if done < total:
        raise ConnectionError(f"the connection ended after {done} of {total} bytes")


def _problem(wanted: WantedFile, path: Path) -> str:
    if wanted.size and path.stat().st_size != wanted.size:
        return f"it has {path.stat().st_size} bytes and should have {wanted.size}"
    for name, expected in (("sha256", wanted.sha256), ("sha384", wanted.sha384)):
        if expected:
            with path.open("rb") as file:
                found = hashlib.file_digest(file, name).hexdigest()
            if found != expected:
                return f"its {name} is {found} and should be {expected}"
    return ""
