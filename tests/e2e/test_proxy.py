"""Behind a path of a proxy: every address in the page is relative to the page."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.e2e.prefix_proxy import PrefixProxy
from tests.support.clips import numbered
from tests.support.simulated_system import SimulatedSystem
from tools.browser.chromium import Browser

PREFIX = "/sites/north%20gate/cameras"
TOKEN = "a-token-that-was-printed-0123456789"
LIVE = "document.querySelectorAll('.tile .state.good').length"
LOGO = "document.querySelector('img[src$=\"favicon.svg\"]').naturalWidth"

pytestmark = pytest.mark.timeout(300)


@pytest.fixture
async def proxy(simulation: SimulatedSystem, tmp_path: Path) -> AsyncIterator[PrefixProxy]:
    """A gateway that requires a token, behind a path."""
    (tmp_path / "token").write_text(TOKEN)
    for name in ("gate", "hall"):
        simulation.add_stream(name, numbered())
    simulation.start_gateway({"EI_GATEWAY_TOKEN_FILE": str(tmp_path / "token")})
    await simulation.gateway_ready()
    async with PrefixProxy(simulation.port, PREFIX) as proxy:
        yield proxy


async def test_the_whole_dashboard_works_behind_a_path(
    proxy: PrefixProxy, browser: Browser
) -> None:
    await browser.call("page", "goto", f"{proxy.address}#token={TOKEN}")
    await browser.until(f"{LIVE} === 2")
    await browser.call("page", "reload")
    await browser.until(f"{LIVE} === 2")
    for page, complete in {
        "/streams/gate%3Apeople": "document.querySelector('.head .state.good')",
        "/scaling": "document.querySelector('.uplot')",
        "/picture": "document.querySelector('select option')",
        "/add": "document.querySelector('input[type=checkbox]')",
    }.items():
        await browser.evaluate(f"location.hash = '#{page}'")
        await browser.until(f"{complete} !== null")
    assert await browser.evaluate(LOGO) > 0
    assert await browser.call("notes", "said") == []
    assert proxy.strays == []


async def test_addresses_to_copy_contain_the_path(proxy: PrefixProxy, browser: Browser) -> None:
    await browser.call("page", "goto", f"{proxy.address}#token={TOKEN}")
    await browser.until(f"{LIVE} === 2")
    await browser.evaluate("location.hash = '#/streams/gate%3Apeople'")
    await browser.until("document.querySelector('.address code') !== null")
    assert await browser.evaluate("document.querySelector('.address code').innerText") == (
        f"{proxy.address}gate:people.mjpg"
    )
    socket = proxy.address.replace("http", "ws") + "gate:people"
    assert socket in await browser.evaluate("document.querySelector('pre').innerText")


async def test_signing_in_and_out_behind_a_path(proxy: PrefixProxy, browser: Browser) -> None:
    await browser.call("page", "goto", proxy.address)
    await browser.until("document.querySelector('input[name=password]') !== null")
    assert await browser.until(LOGO) > 0
    await browser.call("page", "click", "button:has-text('Token')")
    await browser.call("page", "fill", "input[name=token]", TOKEN)
    await browser.press("Enter")
    await browser.until(f"{LIVE} === 2")
    await browser.call("page", "click", "button[title='Sign out']")
    await browser.until("document.querySelector('input[name=password]') !== null")
    assert proxy.strays == []
