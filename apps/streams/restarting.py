"""Runs a background task of the service again after an unexpected error."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable

__all__ = ["restarting"]

log = logging.getLogger(__name__)

_RESTART_SECONDS = 1.0


async def restarting(
    name: str, work: Callable[[], Awaitable[None]], on_error: Callable[[], None]
) -> None:
    """Run `work` until it returns; after an unexpected error run it again a second later.

    Each error is logged with the name of the task, and then `on_error` is called.
    """
    while True:
        try:
            return await work()
        except Exception:  # the boundary of the service's tasks: logged and counted
            log.exception("%s: unexpected error", name)
            on_error()
            await asyncio.sleep(_RESTART_SECONDS)
