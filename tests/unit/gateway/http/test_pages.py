"""The files of the dashboard."""

from __future__ import annotations

import gzip
from http import HTTPStatus
from pathlib import Path

import pytest

from apps.gateway.http.pages import Page, load_pages
from tests.unit.gateway.requests import body_of


@pytest.fixture
def built(tmp_path: Path) -> Path:
    """A built dashboard, with a secret file outside its folder."""
    (tmp_path / "secret.txt").write_text("secret", encoding="utf-8")
    folder = tmp_path / "dist"
    (folder / "assets").mkdir(parents=True)
    (folder / "index.html").write_text("<!doctype html>" + "dashboard " * 99, encoding="utf-8")
    (folder / "assets" / "index-abc.js").write_text("let a = 1;" * 99, encoding="utf-8")
    (folder / "assets" / "index-abc.js.map").write_text("{}", encoding="utf-8")
    (folder / "assets" / "inter.woff2").write_bytes(b"wOF2font")
    (folder / ".hidden").write_text("hidden", encoding="utf-8")
    return folder


async def body(pages: dict[str, Page], path: str) -> bytes:
    return await body_of(pages[path].response({}))


async def test_the_dashboard_is_served_at_the_root(built: Path) -> None:
    pages = load_pages(str(built))
    assert b"dashboard" in await body(pages, "/")
    assert await body(pages, "/") == await body(pages, "/index.html")


async def test_without_a_built_dashboard_one_sentence_says_how_to_build_it(tmp_path: Path) -> None:
    pages = load_pages(str(tmp_path))
    assert list(pages) == ["/"]
    assert b"./tools/build-dashboard.sh" in await body(pages, "/")


@pytest.mark.parametrize(
    "path",
    [
        "/../secret.txt", "/assets/../../secret.txt", "/%2e%2e/secret.txt", "/..%2fsecret.txt",
        "/assets/..%5c..%5csecret.txt", "//secret.txt", "/.hidden", "/assets/", "/assets",
        "/assets/index-abc.js.map", "/index.html/", "/etc/passwd", "/index.html%00", "/nothing",
    ],
)  # fmt: skip
def test_no_other_path_has_a_page(built: Path, path: str) -> None:
    assert path not in load_pages(str(built))


async def test_text_is_compressed_for_clients_that_accept_it(built: Path) -> None:
    pages = load_pages(str(built))
    packed = pages["/"].response({"accept-encoding": "br, gzip"})
    assert packed.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(await body_of(packed)) == await body(pages, "/")


def test_files_that_do_not_shrink_are_sent_as_they_are(built: Path) -> None:
    font = load_pages(str(built))["/assets/inter.woff2"].response({"accept-encoding": "gzip"})
    assert "Content-Encoding" not in font.headers
    assert font.content_type == "font/woff2"


async def test_a_page_that_did_not_change_is_not_sent_again(built: Path) -> None:
    pages = load_pages(str(built))
    first = pages["/"].response({})
    again = pages["/"].response({"if-none-match": first.headers["ETag"]})
    assert (again.status_code, await body_of(again)) == (HTTPStatus.NOT_MODIFIED, b"")


def test_built_files_are_cached_and_the_page_is_revalidated(built: Path) -> None:
    pages = load_pages(str(built))
    script, page = (pages[path].response({}) for path in ("/assets/index-abc.js", "/"))
    assert "immutable" in script.headers["Cache-Control"]
    assert str(script.content_type).startswith("text/javascript")
    assert page.headers["Cache-Control"] == "no-cache"
