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
    """Run `work` until it returns; log each unexpected error and run it again after a second.

    Args:
        name: of the task, for the log.
        work: makes the coroutine to run.
        on_error: called after each unexpected error.
    """
    while True:
        try:
            return await work()
        except Exception:  # the boundary of the service's tasks: logged and counted
            log.exception("%s: unexpected error", name)
            on_error()
            await asyncio.sleep(_RESTART_SECONDS)
