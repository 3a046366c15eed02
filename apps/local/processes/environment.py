"""Selection of the `EI_` variables that each service of a local run receives.

The environment of the runner may hold settings of any service, such as EI_SIZE of the streams
service. Each service receives only the variables that it knows, because it refuses others.
Variables with the address of Redis are left out: a local run has its own Redis.
"""

from __future__ import annotations

import dataclasses
import os
from typing import Any

from apps.gateway.settings import GatewaySettings
from apps.inference.settings import InferenceSettings
from apps.runtime.settings import PREFIX, TOOL_VARIABLES, QueueSettings, refuse_unknown, settings_of
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
    """Refuse `EI_` variables that no service knows, such as a misspelt setting.

    Raises:
        SettingsError: A variable is unknown; the text names it and the most similar setting.
    """
    refuse_unknown(_Any, os.environ)


def environment_of(module: str) -> dict[str, str]:
    """The environment of this process without the variables that the module does not know."""
    known = {item.variable for item in settings_of(_KINDS[module])} | TOOL_VARIABLES
    known -= {item.variable for item in settings_of(QueueSettings)}
    return {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(PREFIX) or name in known
    }
