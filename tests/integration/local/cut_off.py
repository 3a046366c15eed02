"""Runs the local system where there is no network but loopback, and tells what came of it.

    unshare --net --map-root-user python -m tests.integration.local.cut_off [ARGUMENT]...

Starts `tools/run-local.sh` with these arguments, waits for the first result with a box (or with
`--any` before them, for any result), stops it, and prints one line of JSON.
"""

from __future__ import annotations

import asyncio
import errno
import fcntl
import json
import os
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path
from typing import Any

from websockets.asyncio.client import connect

from apps.local.ports import free_port
from apps.pipeline.messages import Result, wire

ROOT = Path(__file__).resolve().parents[3]
#: An outside address, in the reserved network TEST-NET-1.
_OUTSIDE = ("192.0.2.1", 443)
_SET_FLAGS, _UP_AND_RUNNING = 0x8914, 0x41
_SECONDS = 150


def raise_loopback() -> None:
    """Switch `lo` on, as `ip link set lo up` does where that program is installed."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as handle:
        request = struct.pack("16sH14x", b"lo", _UP_AND_RUNNING)
        fcntl.ioctl(handle, _SET_FLAGS, request)


def outside_answers() -> str:
    """How the world outside answers: a symbol of `errno`."""
    with socket.socket() as handle:
        handle.settimeout(5)
        return errno.errorcode.get(handle.connect_ex(_OUTSIDE), "connected")


def streams(port: int) -> list[dict[str, Any]]:
    """`/api/streams`; empty while the gateway does not respond."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/api/streams", timeout=5) as answer:
            found: list[dict[str, Any]] = json.load(answer)["streams"]
            return found
    except OSError:
        return []


def described(port: int) -> list[dict[str, Any]]:
    """The streams once a worker's heartbeat has named their model: a result may be faster."""
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        if (there := streams(port)) and there[0]["better"]:
            return there
        time.sleep(0.1)
    raise AssertionError("no heartbeat has named the model and a better one")


async def first_result(port: int, *, with_boxes: bool) -> Result:
    """The first result of the first stream, as the dashboard gets it."""
    async with asyncio.timeout(_SECONDS):
        while not (there := streams(port)):
            await asyncio.sleep(0.05)
        address = f"ws://127.0.0.1:{port}/{there[0]['id']}"
        async with connect(address, max_size=None, open_timeout=60) as messages:
            async for message in messages:
                assert isinstance(message, bytes)
                result = wire.decode(Result, message)
                if result.detections or not with_boxes:
                    return result
    raise AssertionError("the gateway closed the connection")


def main(arguments: list[str]) -> None:
    """Run, watch, stop, tell."""
    raise_loopback()
    with_boxes = "--any" not in arguments
    port = free_port()
    command = [str(ROOT / "tools" / "run-local.sh"), "--port", str(port)]
    command += [argument for argument in arguments if argument != "--any"]
    clean = {key: value for key, value in os.environ.items() if not key.startswith("EI_")}
    with tempfile.TemporaryFile("w+", encoding="utf-8") as log:
        began = time.monotonic()
        process = subprocess.Popen(command, env=clean, stdout=log, stderr=subprocess.STDOUT)
        try:
            result = asyncio.run(first_result(port, with_boxes=with_boxes))
            took = time.monotonic() - began
            there = described(port)
        finally:
            process.send_signal(signal.SIGINT)
            code = process.wait(60)
            log.seek(0)
            text = log.read()
            print(text, file=sys.stderr)
    told = {
        "seconds": round(took, 2), "outside": outside_answers(), "code": code, "log": text,
        "labels": sorted({found.label for found in result.detections}),
        "model": result.model, "better": there[0]["better"], "task": result.task,
    }  # fmt: skip
    print(json.dumps(told))


if __name__ == "__main__":
    main(sys.argv[1:])
