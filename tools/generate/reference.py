"""The pages of docs/reference/: metrics, settings, messages, keys, exit codes and REST."""

from __future__ import annotations

import inspect
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec

from apps.gateway.api import openapi
from apps.gateway.api.routes import ROUTES
from apps.gateway.settings import GatewaySettings
from apps.inference.settings import InferenceSettings
from apps.pipeline import keys, messages
from apps.pipeline.messages import job, wire
from apps.pipeline.registry import control
from apps.runtime import metrics
from apps.runtime.service import ExitCode
from apps.runtime.settings import settings_of
from apps.streams.settings import StreamsSettings
from tools.generate.field_docs import field_docs

__all__ = ["PAGES", "REFERENCE", "files"]

REFERENCE = Path(__file__).resolve().parents[2] / "docs" / "reference"
_NOTE = "<!-- Written by tools/generate.sh from the code: change the code. -->\n\n"

_SERVICES: dict[str, type[Any]] = {
    "inference": InferenceSettings,
    "streams": StreamsSettings,
    "gateway": GatewaySettings,
}


def metrics_page() -> str:
    """Every metric of the one table."""
    lines = [
        "# Metrics\n\nEvery process serves `/metrics` beside `/healthz` and `/readyz`.\n",
        "| metric | kind | service | labels | what it counts | what it is for |",
        "|---|---|---|---|---|---|",
    ]
    for metric in sorted(metrics.TABLE, key=lambda metric: (metric.service, metric.name)):
        labels = ", ".join(metric.labels)
        lines.append(
            f"| `{metric.name}` | {metric.kind} | {metric.service} | {labels} "
            f"| {metric.text} | {metric.purpose} |"
        )
    return "\n".join(lines) + "\n"


def settings_page() -> str:
    """Every setting of every service."""
    text = (
        "# Settings\n\nA setting is an environment variable or a flag of the service's command; "
        "the flag wins. An unknown `EI_` variable or a malformed value stops the service with one "
        "line. Lists are written with commas.\n"
    )
    for service, kind in _SERVICES.items():
        text += f"\n## {service}\n\n`python -m apps.{service} --help` shows the same.\n\n"
        text += "| variable | type | default | unit | what it does |\n|---|---|---|---|---|\n"
        for item in settings_of(kind):
            default = f"`{item.default}`" if item.default else ""
            text += f"| `{item.variable}` | {item.type_name} | {default} | {item.unit} "
            text += f"| {item.text.replace('|', chr(92) + '|')} |\n"
    return text


def messages_page() -> str:
    """Every message that crosses a process boundary."""
    text = (
        "# Messages\n\nEach is one MessagePack map with these fields in this order. Fields are "
        "only ever added, with a default.\n"
    )
    for module in (messages, job, control):
        for name in module.__all__:
            kind = getattr(module, name)
            if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
                text += f"\n## {name}\n\n```text\n{_summary(kind)}\n```\n\n"
                meanings = field_docs(kind)
                text += "| field | type | required | meaning |\n|---|---|---|---|\n"
                for field in msgspec.structs.fields(kind):
                    text += f"| `{field.name}` | `{_type_name(field.type)}` "
                    text += (
                        f"| {'yes' if field.required else ''} | {meanings.get(field.name, '')} |\n"
                    )
    return text


def _summary(kind: type[Any]) -> str:
    """The docstring without the fields, which are described in the table."""
    return inspect.cleandoc(kind.__doc__ or "").partition("\n\nAttributes:")[0]


def keys_page() -> str:
    """The Redis key schema, as the code's own prose."""
    return f"# Redis keys\n\n```text\n{inspect.cleandoc(keys.__doc__ or '')}\n```\n"


def exit_codes_page() -> str:
    """How processes end."""
    source = inspect.getsource(ExitCode)
    lines = ["# Exit codes\n", "| code | name | meaning |", "|---|---|---|"]
    for line in source.splitlines():
        name, equals, rest = line.strip().partition(" = ")
        if equals and "#" in rest:
            code, _, meaning = rest.partition("#")
            lines.append(f"| {code.strip()} | {name} | {meaning.strip()} |")
    return "\n".join(lines) + "\n"


def rest_page() -> str:
    """Every REST route, for people."""
    intro = (
        "# REST\n\nErrors are problem details (RFC 9457, `application/problem+json`): `type`, "
        "`title`, `status`, `detail`, and `error`, which repeats `detail` for older clients.\n"
        "Browsers must send the header `X-EI-Request: 1` with every request that changes "
        "something; other clients need not.\nA gateway serves this list with all types at "
        "`/api/docs`, and [openapi.json](openapi.json) at `/api/openapi.json`.\n"
    )
    lines = [
        intro,
        "| request | access | what it does | success | errors |",
        "|---|---|---|---|---|",
    ]
    for route in ROUTES:
        query = "".join(f"?{name}=" for name in route.query)
        errors = ", ".join(str(status) for status in route.refusals)
        lines.append(
            f"| `{route.method} {route.path}{query}` | {route.access.value} | {route.text} "
            f"| {int(route.status)} | {errors} |"
        )
    return "\n".join(lines) + "\n"


def openapi_page() -> str:
    """Every REST route, for programs."""
    document = json.loads(wire.to_json(openapi.document()))
    return json.dumps(document, indent=1, ensure_ascii=False) + "\n"


PAGES: dict[str, Callable[[], str]] = {
    "metrics.md": metrics_page,
    "settings.md": settings_page,
    "messages.md": messages_page,
    "keys.md": keys_page,
    "exit-codes.md": exit_codes_page,
    "rest.md": rest_page,
    "openapi.json": openapi_page,
}


def files() -> dict[Path, str]:
    """The pages with their contents."""
    return {
        REFERENCE / name: (_NOTE if name.endswith(".md") else "") + make()
        for name, make in PAGES.items()
    }


def _type_name(kind: Any) -> str:
    shown = kind.__name__ if isinstance(kind, type) and not hasattr(kind, "__args__") else str(kind)
    return re.sub(r"\b(?:\w+\.)+(?=[A-Za-z_])", "", shown).replace("|", "or")
