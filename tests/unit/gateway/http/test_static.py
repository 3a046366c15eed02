"""The pages."""

from __future__ import annotations

import gzip
from http import HTTPStatus
from pathlib import Path

import pytest

from apps.gateway.http.static import Pages, load_pages
from tests.unit.gateway.asked import request


@pytest.fixture
def built(tmp_path: Path) -> Path:
    """A built dashboard, with a secret beside it."""
    (tmp_path / "secret.txt").write_text("secret", encoding="utf-8")
    folder = tmp_path / "dist"
    (folder / "assets").mkdir(parents=True)
    (folder / "index.html").write_text("<!doctype html>" + "dashboard " * 99, encoding="utf-8")
    (folder / "assets" / "index-abc.js").write_text("let a = 1;" * 99, encoding="utf-8")
    (folder / "assets" / "index-abc.js.map").write_text("{}", encoding="utf-8")
    (folder / "assets" / "inter.woff2").write_bytes(b"wOF2font")
    (folder / ".hidden").write_text("hidden", encoding="utf-8")
    return folder


def body(pages: Pages, path: str) -> bytes | None:
    answer = pages.answer(request(path))
    return answer.body if answer else None


def test_the_dashboard_is_served_at_the_root(built: Path) -> None:
    pages = load_pages(str(built))
    assert b"dashboard" in (body(pages, "/") or b"")
    assert body(pages, "/") == body(pages, "/index.html")


def test_the_plain_page_is_served_while_there_is_none(tmp_path: Path) -> None:
    pages = load_pages(str(tmp_path))
    page = body(pages, "/") or b""
    assert b"page.js" in page
    for name in ("/page.js", "/page.css", "/msgpack.js", "/icon.svg"):
        assert body(pages, name)


def test_the_plain_page_has_no_inline_script_or_style() -> None:
    page = (Path("apps") / "gateway" / "page" / "index.html").read_text(encoding="utf-8")
    assert "<style" not in page
    assert " style=" not in page
    assert page.count("<script") == page.count('<script type="module" src=')
    assert "http://" not in page
    assert "https://" not in page


@pytest.mark.parametrize(
    "path",
    [
        "/../secret.txt", "/assets/../../secret.txt", "/%2e%2e/secret.txt", "/..%2fsecret.txt",
        "/assets/..%5c..%5csecret.txt", "//secret.txt", "/.hidden", "/assets/", "/assets",
        "/assets/index-abc.js.map", "/index.html/", "/etc/passwd", "/index.html%00", "/nothing",
    ],
)  # fmt: skip
def test_nothing_else_is_ever_read(built: Path, path: str) -> None:
    assert load_pages(str(built)).answer(request(path)) is None


def test_text_is_compressed_for_those_who_can_read_it(built: Path) -> None:
    pages = load_pages(str(built))
    packed = pages.answer(request("/", headers={"accept-encoding": "br, gzip"}))
    assert packed is not None
    assert packed.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed.body) == body(pages, "/")


def test_what_would_not_shrink_is_left_alone(built: Path) -> None:
    font = load_pages(str(built)).answer(
        request("/assets/inter.woff2", headers={"accept-encoding": "gzip"})
    )
    assert font is not None
    assert "Content-Encoding" not in font.headers
    assert font.kind == "font/woff2"


def test_a_page_that_did_not_change_is_not_sent_again(built: Path) -> None:
    pages = load_pages(str(built))
    first = pages.answer(request("/"))
    assert first is not None
    again = pages.answer(request("/", headers={"if-none-match": first.headers["ETag"]}))
    assert again is not None
    assert (again.status, again.body) == (HTTPStatus.NOT_MODIFIED, b"")


def test_built_files_are_kept_and_the_page_is_asked_for_again(built: Path) -> None:
    pages = load_pages(str(built))
    script, page = (pages.answer(request(path)) for path in ("/assets/index-abc.js", "/"))
    assert script is not None
    assert "immutable" in script.headers["Cache-Control"]
    assert script.kind.startswith("text/javascript")
    assert page is not None
    assert page.headers["Cache-Control"] == "no-cache"
