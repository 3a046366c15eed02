"""The documentation is current: links resolve, examples run, generated pages are up to date."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
import redis as redis_py

from apps.local.redis_server import RedisServer
from tools.generate import reference

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("spa/*.md")])

_LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
_EXAMPLE = re.compile(r"<!-- (\w+) -->\n```python\n(.*?)```", re.DOTALL)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_relative_link_resolves_to_a_file(page: Path) -> None:
    targets = [link.partition("#")[0] for link in _LINK.findall(page.read_text(encoding="utf-8"))]
    local = [target for target in targets if target and "://" not in target]
    assert [target for target in local if not (page.parent / target).exists()] == []


@pytest.mark.parametrize("name", reference.PAGES)
def test_the_reference_agrees_with_the_code(name: str) -> None:
    written = (reference.REFERENCE / name).read_text(encoding="utf-8")
    assert written.endswith(reference.PAGES[name]()), "run ./tools/generate.sh"


def test_the_places_in_the_life_of_a_frame_exist() -> None:
    text = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    table = text.partition("## The life of one frame")[2].partition("\n## ")[0]
    stops = re.findall(r"\| `([\w/.]+)` \|$", table, re.MULTILINE)
    assert len(stops) >= 10
    assert [stop for stop in stops if not (ROOT / stop).exists()] == []


def test_the_architecture_page_names_every_package() -> None:
    text = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    rooms = [path.name for path in (ROOT / "apps").iterdir() if (path / "__init__.py").exists()]
    assert [room for room in rooms if f"`apps/{room}`" not in text] == []


def test_the_readme_is_short() -> None:
    assert len((ROOT / "README.md").read_text(encoding="utf-8").splitlines()) <= 120


@pytest.fixture
def client(session_redis: RedisServer) -> Iterator[redis_py.Redis]:
    made = redis_py.Redis(unix_socket_path=session_redis.socket_path)
    made.flushall()
    yield made
    made.close()


@pytest.fixture
def examples() -> dict[str, Any]:
    namespace: dict[str, Any] = {}
    text = (ROOT / "docs" / "protocol.md").read_text(encoding="utf-8")
    for _, code in _EXAMPLE.findall(text):
        exec(compile(code, "docs/protocol.md", "exec"), namespace)
    return namespace


def test_the_producer_of_the_protocol_page_pushes_frames(
    client: redis_py.Redis, examples: dict[str, Any]
) -> None:
    examples["push"](client, "my camera", "face", b"\xff\xd8\xff\xd9")
    frame: Any = client.lindex("queue_face", 0)
    assert msgspec.msgpack.decode(frame)["name"] == "my camera"


def test_the_consumer_of_the_protocol_page_gets_results_and_requests_pixels(
    client: redis_py.Redis, examples: dict[str, Any]
) -> None:
    result = {"sequence": 1, "detections": [{"label": "face", "score": 1, "box": [0, 0, 1, 1]}]}
    done = threading.Event()

    def publish() -> None:
        while not done.wait(0.05):
            client.publish("results:my%20camera:face", msgspec.msgpack.encode(result))

    publisher = threading.Thread(target=publish)
    publisher.start()
    try:
        assert next(examples["follow"](client, "my camera", "face", pixels=True)) == result
    finally:
        done.set()
        publisher.join()
    assert client.exists("watch:my%20camera:face")
