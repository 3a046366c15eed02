"""Which `EI_` variables reach which service of a local run.

Whoever starts the whole system may set any service's settings in the environment, such as EI_SIZE
of the streams; each service gets its own, because it refuses what it does not know. How to reach
Redis is no question here: there is one of our own.
"""

from __future__ import annotations

import dataclasses
import os
from typing import Any

from apps.gateway.settings import GatewaySettings
from apps.inference.settings import InferenceSettings
from apps.runtime.settings import (
    PREFIX,
    TOOL_VARIABLES,
    QueueSettings,
    refuse_unknown,
    settings_of,
)
from apps.streams.settings import StreamsSettings

__all__ = ["environment_of", "refuse_foreign_variables"]

_KINDS: dict[str, type[Any]] = {
    "apps.gateway": GatewaySettings,
    "apps.inference": InferenceSettings,
    "apps.streams": StreamsSettings,
}


@dataclasses.dataclass(frozen=True)
class _Any:
    """Settings of all services."""

    gateway: GatewaySettings
    inference: InferenceSettings
    streams: StreamsSettings


def refuse_foreign_variables() -> None:
    """Refuse a variable that no service knows: a misspelt setting must not be ignored.

    Raises:
        SettingsError: there is one; the text says which, and what it may have been meant for.
    """
    refuse_unknown(_Any, os.environ)


def environment_of(module: str) -> dict[str, str]:
    """Our environment without what a service does not know.

    Args:
        module: the service, such as `apps.streams`.
    """
    known = {item.variable for item in settings_of(_KINDS[module])} | TOOL_VARIABLES
    known -= {item.variable for item in settings_of(QueueSettings)}
    return {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(PREFIX) or name in known
    }
