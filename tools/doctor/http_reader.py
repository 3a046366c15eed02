"""Reads the gateway's API and Prometheus over HTTP."""

from __future__ import annotations

import json
import urllib.error
import urllib.parse
import urllib.request
from dataclasses import dataclass
from typing import Any

from apps.runtime.errors import SettingsError
from tools.doctor.scaling_check import PrometheusFacts

__all__ = ["GatewayFacts", "checked_address", "read_gateway", "read_prometheus"]

_SECONDS = 5.0
#: A larger answer is not read.
_BYTES = 8_000_000


@dataclass(frozen=True, slots=True)
class GatewayFacts:
    """How the gateway answers.

    Attributes:
        address: its URL.
        error: why it does not answer; empty when it does.
        problem: what it says about its own state; empty when all is well.
        closed: it asks for a sign-in, so only its presence is known.
    """

    address: str
    error: str = ""
    problem: str = ""
    closed: bool = False


def checked_address(text: str) -> str:
    """A URL of a server, without a slash at its end.

    Raises:
        SettingsError: it is not an http or https address.
    """
    parts = urllib.parse.urlsplit(text)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise SettingsError(f"{text}: write an address such as http://127.0.0.1:9090")
    return text.rstrip("/")


def read_gateway(address: str) -> GatewayFacts:
    """Ask the gateway for its streams."""
    try:
        content = _get(f"{address}/api/streams")
    except urllib.error.HTTPError as error:
        if error.code in {401, 403}:
            return GatewayFacts(address, closed=True)
        return GatewayFacts(address, error=f"status {error.code}")
    except (OSError, ValueError) as error:
        return GatewayFacts(address, error=_reason(error))
    problem = content.get("problem") if isinstance(content, dict) else ""
    return GatewayFacts(address, problem=str(problem or ""))


def read_prometheus(address: str, task: str, namespace: str) -> PrometheusFacts:
    """Ask Prometheus for the samples of one task.

    Args:
        address: URL of Prometheus.
        task: task name.
        namespace: of the installation; empty for all.
    """
    labels = f'{{task="{task}"' + (f',namespace="{namespace}"' if namespace else "") + "}"
    try:
        scraped = _value(address, f"count(ei_offered_work_seconds_total{labels})")
        return PrometheusFacts(
            address,
            scraped=int(scraped or 0),
            settled=_value(address, f"max(ei_workers_settled{labels})"),
            signal=_value(address, f"max(ei_offered_work{labels})"),
            rule=_has_rule(address, "ei_offered_work"),
        )
    except (OSError, ValueError, KeyError, TypeError) as error:
        return PrometheusFacts(address, error=_reason(error))


def _value(address: str, expression: str) -> float | None:
    query = urllib.parse.urlencode({"query": expression})
    samples = _get(f"{address}/api/v1/query?{query}")["data"]["result"]
    return float(samples[0]["value"][1]) if samples else None


def _has_rule(address: str, name: str) -> bool:
    groups = _get(f"{address}/api/v1/rules?type=record")["data"]["groups"]
    return any(rule["name"] == name for group in groups for rule in group["rules"])


def _get(url: str) -> Any:
    with urllib.request.urlopen(url, timeout=_SECONDS) as answer:  # noqa: S310 - http(s) only, see checked_address
        return json.loads(answer.read(_BYTES))


def _reason(error: Exception) -> str:
    reason = getattr(error, "reason", error)
    return str(getattr(reason, "strerror", None) or reason)
