"""Signing in with a printed token or a password, and signing out."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from apps.gateway.passwords import make_hash
from tests.e2e.accessibility import serious_violations
from tests.support.clips import numbered
from tests.support.simulated_system import SimulatedSystem
from tools.browser.chromium import Browser

TOKEN = "a-token-that-was-printed-0123456789"


@pytest.fixture
async def guarded(simulation: SimulatedSystem, tmp_path: Path) -> SimulatedSystem:
    """A simulated system whose gateway requires a token or a password."""
    (tmp_path / "token").write_text(TOKEN)
    ann = {"name": "ann", "role": "admin", "password": make_hash("correct horse")}
    door = {"name": "door", "role": "viewer", "password": make_hash("battery")}
    users = {"users": [ann, {**door, "streams": ["hall"]}]}
    (tmp_path / "users.yaml").write_text(yaml.safe_dump(users))
    clip = numbered()
    simulation.add_stream("hall", clip)
    simulation.add_stream("vault", clip)
    simulation.start_gateway(
        {
            "EI_GATEWAY_TOKEN_FILE": str(tmp_path / "token"),
            "EI_USERS_FILE": str(tmp_path / "users.yaml"),
        }
    )
    await simulation.gateway_ready()
    return simulation


async def sign_in(browser: Browser, user: str, password: str) -> None:
    await browser.until("document.querySelector('input[name=password]') !== null")
    await browser.call("page", "fill", "input[name=username]", user)
    await browser.call("page", "fill", "input[name=password]", password)
    await browser.press("Enter")


TILES = "document.querySelectorAll('.tile .state.good').length"


async def test_a_printed_token_signs_in_and_is_removed_from_the_address(
    guarded: SimulatedSystem, browser: Browser
) -> None:
    await browser.call("page", "goto", f"{guarded.address}#token={TOKEN}")
    await browser.until(f"{TILES} === 2")
    assert TOKEN not in await browser.evaluate("location.href")
    assert await browser.evaluate("document.cookie") == ""  # HttpOnly
    assert TOKEN not in await browser.evaluate("JSON.stringify(localStorage)")
    await browser.call("page", "reload")
    await browser.until(f"{TILES} === 2")


async def test_a_wrong_token_is_reported_and_the_sign_in_page_appears(
    guarded: SimulatedSystem, browser: Browser
) -> None:
    await browser.call("page", "goto", f"{guarded.address}#token=wrong")
    await browser.until("document.querySelector('[role=alert]')?.innerText.length > 10")
    assert "wrong" not in await browser.evaluate("location.href")


@pytest.mark.parametrize("theme", ["dark", "light"])
async def test_axe_finds_nothing_serious_on_the_sign_in_page(
    guarded: SimulatedSystem, browser: Browser, theme: str
) -> None:
    await browser.call("page", "emulateMedia", {"colorScheme": theme, "reducedMotion": "reduce"})
    await browser.call("page", "goto", guarded.address)
    await browser.until("document.querySelector('input[name=password]') !== null")
    assert await serious_violations(browser) == []
    await sign_in(browser, "ann", "incorrect")
    await browser.until("document.querySelector('[role=alert]') !== null")
    assert await serious_violations(browser) == []


async def test_an_admin_signs_in_and_out(guarded: SimulatedSystem, browser: Browser) -> None:
    await browser.call("page", "goto", guarded.address)
    await sign_in(browser, "ann", "incorrect")
    await browser.until("document.querySelector('[role=alert]') !== null")
    await sign_in(browser, "ann", "correct horse")
    await browser.until(f"{TILES} === 2")
    await browser.until("document.body.innerText.includes('Add stream')")
    await browser.call("page", "click", "button[title='Sign out']")
    await browser.until("document.querySelector('input[name=password]') !== null")
    await browser.call("page", "reload")
    await browser.until("document.querySelector('input[name=password]') !== null")


async def test_a_viewer_sees_only_permitted_streams_and_cannot_change_them(
    guarded: SimulatedSystem, browser: Browser
) -> None:
    await browser.call("page", "goto", guarded.address)
    await sign_in(browser, "door", "battery")
    await browser.until(f"{TILES} === 1")
    assert "vault" not in await browser.evaluate("document.body.innerText")
    assert "Add stream" not in await browser.evaluate("document.body.innerText")
    await browser.evaluate("location.hash = '#/streams/vault%3Apeople'")
    await browser.until("document.body.innerText.includes('This stream cannot be shown')")
