"""Every page is accessible in both themes, small to load, and contacts no other host."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.e2e.accessibility import serious_violations
from tests.support.clips import numbered
from tests.support.simulated_system import SimulatedSystem
from tools.browser.chromium import ROOT, Browser

#: Address after the hash, and an element that shows that the page is complete.
PAGES = {
    "wall": ("/", "document.querySelector('.tile .state.good')"),
    "stream": ("/streams/hall%3Apeople", "document.querySelector('.flow')"),
    "compare": ("/compare/hall", "document.querySelector('.state.good')"),
    "scaling": ("/scaling", "document.querySelector('.uplot')"),
    "picture": ("/picture", "document.querySelector('select option')"),
    "add": ("/add", "document.querySelector('input[type=checkbox]')"),
}


async def played(simulation: SimulatedSystem, browser: Browser) -> None:
    clip = numbered()
    for name in ("hall", "gate"):
        simulation.add_stream(name, clip)
    simulation.start_gateway()
    await simulation.gateway_ready()
    await browser.call("page", "goto", simulation.address)
    await browser.until("document.querySelectorAll('.tile .state.good').length === 2")


@pytest.mark.parametrize("theme", ["dark", "light"])
async def test_axe_finds_nothing_serious_on_any_page(
    simulation: SimulatedSystem, browser: Browser, theme: str
) -> None:
    await played(simulation, browser)
    await browser.call("page", "emulateMedia", {"colorScheme": theme, "reducedMotion": "reduce"})
    found = {}
    for name, (address, complete) in PAGES.items():
        await browser.evaluate(f"location.hash = '#{address}'")
        await browser.until(f"{complete} !== null")
        if violations := await serious_violations(browser):
            found[name] = violations
    assert found == {}


async def test_the_keyboard_sheet_opens_and_closes_by_keyboard_and_is_accessible(
    simulation: SimulatedSystem, browser: Browser
) -> None:
    await played(simulation, browser)
    await browser.press("?")
    await browser.until("document.querySelector('dialog[open]') !== null")
    assert await serious_violations(browser) == []
    await browser.press("Escape")
    await browser.until("document.querySelector('dialog[open]') === null")


async def test_the_wall_works_with_the_keyboard_only(
    simulation: SimulatedSystem, browser: Browser
) -> None:
    await played(simulation, browser)
    focused = "document.activeElement.closest('[data-id]')?.dataset.id"
    await browser.press("ArrowRight")
    await browser.until(f"{focused} === 'gate:people'")
    await browser.press("ArrowRight")
    await browser.until(f"{focused} === 'hall:people'")
    await browser.press("p")
    await browser.until("document.querySelector('[data-id]').dataset.id === 'hall:people'")
    await browser.press("o")
    await browser.until("location.hash.startsWith('#/streams/hall')")
    await browser.press("Escape")
    await browser.until("location.hash === '#/'")
    await browser.press("/")
    await browser.call("keyboard", "type", "gate")
    await browser.until("document.querySelectorAll('.tile').length === 1")


async def test_a_snapshot_has_the_pictures_own_size(
    simulation: SimulatedSystem, browser: Browser
) -> None:
    await played(simulation, browser)
    await browser.evaluate("location.hash = '#/streams/hall%3Apeople'")
    await browser.until("document.querySelector('.head .state.good') !== null")
    await browser.evaluate(
        "HTMLAnchorElement.prototype.click = function () {"
        " const image = new Image();"
        " image.onload = () => { window.saved = [this.download, image.width, image.height] };"
        " image.src = this.href }"
    )
    await browser.press("s")
    name, width, height = await browser.until("window.saved")
    assert name.startswith("hall_people-")
    assert name.endswith(".png")
    assert (width, height) == (640, 360)


async def test_the_first_load_is_small_and_everything_comes_from_this_host(
    simulation: SimulatedSystem, browser: Browser
) -> None:
    await played(simulation, browser)
    loaded = await browser.evaluate(
        "['navigation', 'resource'].flatMap((kind) => performance.getEntriesByType(kind))"
        ".filter(({name}) => !name.includes('/api/'))"
        ".map(({name, transferSize}) => [name, transferSize])"
    )
    size = sum(transferred for _, transferred in loaded)
    print(f"first load {size / 1000:.0f} kB in {len(loaded)} files")
    assert size <= 250_000
    for address, complete in PAGES.values():
        await browser.evaluate(f"location.hash = '#{address}'")
        await browser.until(f"{complete} !== null")
    assert await browser.call("notes", "hosts") == [f"127.0.0.1:{simulation.port}"]
    assert await browser.call("notes", "said") == []


async def test_the_whole_page_fits_a_phone(simulation: SimulatedSystem, browser: Browser) -> None:
    await played(simulation, browser)
    await browser.call("page", "setViewportSize", {"width": 360, "height": 740})
    too_wide = {}
    for name, (address, complete) in PAGES.items():
        await browser.evaluate(f"location.hash = '#{address}'")
        await browser.until(f"{complete} !== null")
        width = await browser.evaluate("document.documentElement.scrollWidth")
        if width > 360:
            too_wide[name] = width
    assert too_wide == {}


def test_the_page_has_no_inline_script_or_style() -> None:
    page = (ROOT / "spa" / "dist" / "index.html").read_text()
    assert "<style" not in page
    assert " style=" not in page
    assert all("src=" in part.split(">")[0] for part in page.split("<script")[1:])
    assert 'href="/' not in page
    assert 'src="/' not in page


def test_the_built_files_name_no_other_host() -> None:
    foreign = set()
    for path in Path(ROOT / "spa" / "dist").rglob("*.css"):
        foreign |= {part.split(")")[0] for part in path.read_text().split("url(")[1:]} - {""}
    assert all(not address.strip("\"'").startswith(("http", "//")) for address in foreign)
