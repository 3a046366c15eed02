"""Accessibility of a page, checked by axe-core."""

from __future__ import annotations

from typing import Any

from tools.browser.chromium import ROOT, Browser

_AXE = ROOT / "spa" / "node_modules" / "axe-core" / "axe.min.js"

_VIOLATIONS = """axe.run({resultTypes: ['violations']}).then(({violations}) => violations
    .filter(({impact}) => impact === 'serious' || impact === 'critical')
    .flatMap(({id, nodes}) => nodes.map((node) => [id, node.html, node.failureSummary])))"""


async def serious_violations(browser: Browser) -> Any:
    """Rule, element and explanation of each serious or critical violation on the current page."""
    if not await browser.evaluate("'axe' in window"):
        await browser.evaluate(_AXE.read_text())
    return await browser.evaluate(_VIOLATIONS)
