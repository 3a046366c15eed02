"""The settings layer: frozen dataclasses, filled from the command line and the environment.

A service declares its settings as a frozen dataclass with fields made by `setting`. Settings that
several services share (`QueueSettings`) are nested dataclasses; their fields are read as if they
were fields of the outer class. A field `min_workers` has the environment variable `EI_MIN_WORKERS`
and the flag `--min-workers`; the flag wins. Secrets have no flags; a variable that ends in `_FILE`
is the path of a file that contains the secret. An unknown `EI_` variable stops the service, because
a misspelt setting must not be ignored. Variables that Kubernetes sets for Services in the namespace
are exempt.

Only `load` reads `os.environ`.
"""

from __future__ import annotations

import argparse
import dataclasses
import difflib
import os
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

from apps.runtime.errors import SettingsError

__all__ = [
    "PREFIX",
    "TOOL_VARIABLES",
    "QueueSettings",
    "Setting",
    "load",
    "parse",
    "refuse_unknown",
    "setting",
    "settings_of",
]

T = TypeVar("T")

PREFIX = "EI_"

#: Variables of the tools. Services ignore them.
TOOL_VARIABLES = frozenset({"EI_TEST_DATA", "EI_TEST_SOAK_FACTOR", "EI_MODELS_MIRROR"})

_SERVICE_LINK = re.compile(r"EI_\w+_(SERVICE_HOST|SERVICE_PORT\w*|PORT|PORT_\d+_(TCP|UDP)\w*)\Z")


@dataclasses.dataclass(frozen=True)
class Setting:
    """One setting, as shown in the documentation."""

    name: str  #: field name
    variable: str  #: environment variable
    flag: str  #: command line flag
    type_name: str  #: `str`, `int`, `float`, `bool`, `path`, `list`
    default: str  #: default value, in the notation of the environment variable
    unit: str  #: unit of the value; empty if it has none
    text: str  #: description, one sentence
    secret: bool  #: whether the value must never be shown


def setting(
    default: Any,
    text: str,
    *,
    unit: str = "",
    low: float | None = None,
    high: float | None = None,
    choices: Sequence[str] = (),
) -> Any:
    """A field of a settings dataclass.

    Args:
        default: default value; its type is the annotation of the field.
        text: one sentence for `--help` and the reference.
        unit: unit of the value, such as `seconds`.
        low: smallest allowed number.
        high: largest allowed number.
        choices: allowed values; empty for any.
    """
    metadata = {"text": text, "unit": unit, "low": low, "high": high, "choices": tuple(choices)}
    return dataclasses.field(default=default, metadata=metadata)


@dataclasses.dataclass(frozen=True)
class QueueSettings:
    """Address and credentials of Redis: shared by all services."""

    queue_host: str = setting("127.0.0.1", "Host of the Redis server for queues and results.")
    queue_port: int = setting(6379, "Port of the Redis server.", low=1, high=65535)
    queue_socket: str = setting(
        "", "Unix socket of the Redis server; if set, host and port are ignored."
    )
    queue_user: str = setting("", "ACL user; empty for the default user.")
    queue_password_file: str = setting("", "File that contains the password; empty for none.")
    queue_tls: bool = setting(False, "Connect to Redis with TLS.")  # noqa: FBT003 - a default value
    queue_ca_file: str = setting(
        "", "File with the certificate authority for TLS; empty for those of the system."
    )
    queue_timeout: float = setting(
        5.0, "Longest wait for a reply from Redis.", unit="seconds", low=0.1, high=60
    )


def settings_of(kind: type[Any]) -> list[Setting]:
    """Every setting of a settings dataclass and its nested dataclasses, in order."""
    return [_describe(field, hint) for field, hint, _ in _flat_fields(kind)]


def load(kind: type[T], *, description: str, argv: Sequence[str] | None = None) -> T:
    """The settings of this process, from its command line and its environment.

    A wrong setting ends the process with exit code 2 and one line on standard error.

    Args:
        kind: settings dataclass of the service.
        description: first line of `--help`.
        argv: arguments; None for those of the process.
    """
    arguments = sys.argv[1:] if argv is None else list(argv)
    flags = vars(_parser(kind, description).parse_args(arguments))
    try:
        return parse(kind, os.environ, {k: v for k, v in flags.items() if v is not None})
    except SettingsError as error:
        sys.stderr.write(f"settings: {error}\n")
        raise SystemExit(2) from error


def parse(kind: type[T], environment: Mapping[str, str], flags: Mapping[str, str]) -> T:
    """The settings in flags and environment; flags win.

    Raises:
        SettingsError: an unknown `EI_` variable, or a value of the wrong type or out of range.
    """
    refuse_unknown(kind, environment)
    values: dict[type[Any], dict[str, Any]] = {}
    for field, hint, owner in _flat_fields(kind):
        described = _describe(field, hint)
        if field.name in flags:
            text, origin = flags[field.name], described.flag
        elif described.variable in environment:
            text, origin = environment[described.variable], described.variable
        else:
            continue
        values.setdefault(owner, {})[field.name] = _convert(text, hint, field.metadata, origin)
    return _build(kind, values)


def _flat_fields(kind: type[Any]) -> Iterator[tuple[dataclasses.Field[Any], Any, type[Any]]]:
    hints = get_type_hints(kind)
    for field in dataclasses.fields(kind):
        hint = hints[field.name]
        if dataclasses.is_dataclass(hint) and isinstance(hint, type):
            yield from _flat_fields(hint)
        else:
            yield field, hint, kind


def _build(kind: type[T], values: Mapping[type[Any], Mapping[str, Any]]) -> T:
    own = dict(values.get(kind, {}))
    hints = get_type_hints(kind)
    for field in dataclasses.fields(kind):  # type: ignore[arg-type]  # T is a dataclass here
        hint = hints[field.name]
        if dataclasses.is_dataclass(hint) and isinstance(hint, type):
            own[field.name] = _build(hint, values)
    return kind(**own)


def _describe(field: dataclasses.Field[Any], hint: Any) -> Setting:
    default = field.default
    if isinstance(default, bool):
        shown = str(default).lower()
    elif isinstance(default, tuple):
        shown = ",".join(str(item) for item in default)
    else:
        shown = str(default)
    return Setting(
        name=field.name,
        variable=PREFIX + field.name.upper(),
        flag="--" + field.name.replace("_", "-"),
        type_name="list" if get_origin(hint) is tuple else hint.__name__.lower(),
        default=shown,
        unit=field.metadata.get("unit", ""),
        text=field.metadata.get("text", ""),
        secret=field.name.endswith(("_password", "_token", "_secret")),
    )


def _parser(kind: type[Any], description: str) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        description=description, allow_abbrev=False, epilog="Flags win over variables."
    )
    for item in settings_of(kind):
        if item.secret:
            continue
        unit = f" [{item.unit}]" if item.unit else ""
        text = f"{item.text}{unit} ({item.variable}; default: {item.default or 'empty'})"
        parser.add_argument(
            item.flag, dest=item.name, metavar=item.type_name, help=text.replace("%", "%%")
        )
    return parser


def refuse_unknown(kind: type[Any], environment: Mapping[str, str]) -> None:
    """Refuse `EI_` variables that the settings dataclass does not have.

    Raises:
        SettingsError: a variable is unknown; the text suggests the most similar one.
    """
    known = {item.variable for item in settings_of(kind)}
    for variable in sorted(environment):
        if not variable.startswith(PREFIX) or variable in known | TOOL_VARIABLES:
            continue
        if _SERVICE_LINK.match(variable):
            continue
        near = difflib.get_close_matches(variable, known, n=1)
        hint = f"did you mean {near[0]}?" if near else "see --help for the list"
        raise SettingsError(f"{variable} is not a setting; {hint}")


def _convert(text: str, hint: Any, metadata: Mapping[str, Any], origin: str) -> Any:
    if get_origin(hint) is tuple:
        item_type = get_args(hint)[0]
        items = [item.strip() for item in text.split(",") if item.strip()]
        return tuple(_convert(item, item_type, metadata, origin) for item in items)
    value = _convert_one(text, hint, origin)
    if metadata.get("choices") and value not in metadata["choices"]:
        raise SettingsError(f"{origin}={text!r}: choose one of {', '.join(metadata['choices'])}")
    low, high = metadata.get("low"), metadata.get("high")
    if low is not None and value < low:
        raise SettingsError(f"{origin}={text!r}: the smallest allowed value is {low:g}")
    if high is not None and value > high:
        raise SettingsError(f"{origin}={text!r}: the largest allowed value is {high:g}")
    return value


def _convert_one(text: str, hint: Any, origin: str) -> Any:
    if hint is bool:
        if text.lower() in {"true", "1", "yes", "on"}:
            return True
        if text.lower() in {"false", "0", "no", "off"}:
            return False
        raise SettingsError(f"{origin}={text!r}: write true or false")
    if hint is str:
        return text
    if hint is Path:
        return Path(text)
    try:
        value = hint(text)
    except ValueError as error:
        kind = {int: "a whole number", float: "a number"}.get(hint, f"a {hint.__name__}")
        raise SettingsError(f"{origin}={text!r}: write {kind}") from error
    if isinstance(value, float) and value != value:  # noqa: PLR0124 - the test for NaN
        raise SettingsError(f"{origin}={text!r}: write a number")
    return value
