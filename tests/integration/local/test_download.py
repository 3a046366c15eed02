"""Downloads survive interruptions, and only what is right gets its name.

A small server on this machine plays the mirror, with every fault that networks have.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from apps.local.models.download import RetryPolicy, WantedFile, fetch
from apps.runtime.errors import DownloadError

CONTENT = bytes(range(256)) * 2000


class Mirror:
    """Files of a server, its simulated faults, and its received requests.

    Attributes:
        files: content by path.
        ranges: whether it understands ranges.
        cut: bytes after which the connections of the next requests end.
        statuses: answers to the next requests instead of the file.
        asked: path and range of every request.
    """

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {"/small.bin": CONTENT}
        self.ranges = True
        self.cut: list[int] = []
        self.statuses: list[int] = []
        self.asked: list[tuple[str, str]] = []
        self.address = ""

    def answer(self, request: BaseHTTPRequestHandler) -> None:
        wanted_range = request.headers.get("Range", "")
        self.asked.append((request.path, wanted_range))
        if self.statuses:
            request.send_error(self.statuses.pop(0))
            return
        content = self.files.get(request.path)
        if content is None:
            request.send_error(404)
            return
        start = int(wanted_range[6:-1]) if wanted_range and self.ranges else 0
        if start and start >= len(content):
            request.send_error(416)
            return
        request.send_response(206 if start else 200)
        if start:
            request.send_header("Content-Range", f"bytes {start}-{len(content) - 1}/{len(content)}")
        request.send_header("Content-Length", str(len(content) - start))
        request.end_headers()
        end = start + self.cut.pop(0) if self.cut else len(content)
        request.wfile.write(content[start:end])


@pytest.fixture
def mirror() -> Iterator[Mirror]:
    state = Mirror()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            state.answer(self)

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        state.address = f"http://127.0.0.1:{server.server_address[1]}"
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield state
        server.shutdown()
        thread.join()


MakeWanted = Callable[..., WantedFile]


@pytest.fixture
def wanted(mirror: Mirror, tmp_path: Path) -> MakeWanted:
    def make(*paths: str, content: bytes = CONTENT) -> WantedFile:
        return WantedFile(
            target=tmp_path / "models" / "small.bin",
            addresses=tuple(mirror.address + path for path in paths or ("/small.bin",)),
            size=len(content),
            sha256=hashlib.sha256(content).hexdigest(),
            sha384=hashlib.sha384(content).hexdigest(),
        )

    return make


def nowhere(seconds: float) -> None:
    """Instead of waiting."""


def part_of(file: WantedFile) -> Path:
    return file.target.with_name(f".{file.target.name}.part")


def test_a_file_arrives_whole_and_nothing_else_stays(wanted: MakeWanted) -> None:
    file = wanted()
    assert not file.is_there()
    fetch(file)
    assert file.target.read_bytes() == CONTENT
    assert file.is_there()
    assert list(file.target.parent.iterdir()) == [file.target]


def test_progress_ends_at_the_size(wanted: MakeWanted) -> None:
    seen: list[tuple[int, int]] = []
    fetch(wanted(), lambda done, total: seen.append((done, total)))
    assert seen[0] == (0, len(CONTENT))
    assert seen[-1] == (len(CONTENT), len(CONTENT))
    assert [done for done, _ in seen] == sorted(done for done, _ in seen)


def test_a_connection_that_breaks_is_taken_up_where_it_broke(
    mirror: Mirror, wanted: MakeWanted
) -> None:
    mirror.cut = [1000, 5000]
    waits: list[float] = []
    file = wanted()
    fetch(file, patience=RetryPolicy(pause=waits.append))
    assert file.target.read_bytes() == CONTENT
    assert [ranged for _, ranged in mirror.asked] == ["", "bytes=1000-", "bytes=6000-"]
    assert waits == sorted(waits)
    assert len(waits) == 2


def test_another_run_goes_on_where_the_last_one_stopped(mirror: Mirror, wanted: MakeWanted) -> None:
    mirror.cut = [1000, 0, 0, 0, 0]
    file = wanted()
    with pytest.raises(DownloadError, match="The next run continues"):
        fetch(file, patience=RetryPolicy(pause=nowhere))
    assert not file.target.exists()
    assert part_of(file).read_bytes() == CONTENT[:1000]

    mirror.asked.clear()
    fetch(file)
    assert file.target.read_bytes() == CONTENT
    assert mirror.asked == [("/small.bin", "bytes=1000-")]


def test_a_server_without_ranges_begins_again(mirror: Mirror, wanted: MakeWanted) -> None:
    mirror.ranges, mirror.cut = False, [1000]
    file = wanted()
    fetch(file, patience=RetryPolicy(pause=nowhere))
    assert file.target.read_bytes() == CONTENT


def test_a_part_of_another_file_is_thrown_away_and_fetched_again(wanted: MakeWanted) -> None:
    file = wanted()
    file.target.parent.mkdir()
    part_of(file).write_bytes(b"x" * 1000)
    fetch(file, patience=RetryPolicy(pause=nowhere))
    assert file.target.read_bytes() == CONTENT


def test_a_part_longer_than_the_file_is_thrown_away(wanted: MakeWanted) -> None:
    file = wanted()
    file.target.parent.mkdir()
    part_of(file).write_bytes(CONTENT + b"more")
    fetch(file, patience=RetryPolicy(pause=nowhere))
    assert file.target.read_bytes() == CONTENT


def test_a_wrong_checksum_is_refused_and_nothing_is_kept(
    mirror: Mirror, wanted: MakeWanted
) -> None:
    mirror.files["/small.bin"] = b"\1" + CONTENT[1:]
    file = wanted()
    with pytest.raises(DownloadError, match=r"sha256 is .*, expected .*deleted"):
        fetch(file)
    assert list(file.target.parent.iterdir()) == []


@pytest.mark.parametrize("served", [CONTENT[:-1], CONTENT + b"x"])
def test_a_wrong_size_is_refused(mirror: Mirror, wanted: MakeWanted, served: bytes) -> None:
    mirror.files["/small.bin"] = served
    file = wanted()
    with pytest.raises(DownloadError):
        fetch(file, patience=RetryPolicy(pause=nowhere))
    assert not file.target.exists()


def test_the_publishers_own_checksum_counts_too(mirror: Mirror, tmp_path: Path) -> None:
    file = WantedFile(tmp_path / "small.bin", (f"{mirror.address}/small.bin",), sha384="0" * 96)
    with pytest.raises(DownloadError, match="sha384"):
        fetch(file)


def test_a_wrong_file_in_place_is_replaced(wanted: MakeWanted) -> None:
    file = wanted()
    file.target.parent.mkdir()
    file.target.write_bytes(b"old")
    assert not file.is_there()
    fetch(file)
    assert file.is_there()


def test_the_layout_of_a_mirror_is_found_out(mirror: Mirror, wanted: MakeWanted) -> None:
    mirror.files = {"/generic/small.bin": CONTENT}
    fetch(wanted("/omz/small.bin", "/small.bin", "/generic/small.bin"))
    assert [path for path, _ in mirror.asked] == [
        "/omz/small.bin", "/small.bin", "/generic/small.bin",
    ]  # fmt: skip


def test_a_file_that_is_nowhere_is_named(wanted: MakeWanted) -> None:
    with pytest.raises(DownloadError, match=r"Not found at http.*or at 1 other"):
        fetch(wanted("/a.bin", "/b.bin"))


def test_a_busy_server_is_asked_again(mirror: Mirror, wanted: MakeWanted) -> None:
    mirror.statuses = [503, 429]
    file = wanted()
    fetch(file, patience=RetryPolicy(pause=nowhere))
    assert file.is_there()


def test_a_server_that_forbids_is_not_asked_again(mirror: Mirror, wanted: MakeWanted) -> None:
    mirror.statuses = [403]
    with pytest.raises(DownloadError, match="HTTP 403"):
        fetch(wanted())
    assert len(mirror.asked) == 1


def test_a_server_that_is_not_there_is_named(tmp_path: Path) -> None:
    file = WantedFile(tmp_path / "small.bin", ("http://127.0.0.1:9/small.bin",))
    with pytest.raises(DownloadError, match=r"127\.0\.0\.1:9.*5 attempts"):
        fetch(file, patience=RetryPolicy(pause=nowhere))


def test_a_folder_serves_as_well(tmp_path: Path) -> None:
    source = tmp_path / "stick" / "small.bin"
    source.parent.mkdir()
    source.write_bytes(CONTENT)
    checksum = hashlib.sha256(CONTENT).hexdigest()
    file = WantedFile(
        tmp_path / "here" / "small.bin", (str(tmp_path / "none"), str(source)), sha256=checksum
    )
    fetch(file)
    assert file.is_there()


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    file = WantedFile(tmp_path / "file" / "small.bin", (str(tmp_path / "file"),))
    with pytest.raises(DownloadError, match=r"file/small\.bin"):
        fetch(file)
