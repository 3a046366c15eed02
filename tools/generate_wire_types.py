"""Writes `spa/src/wire.ts`: the TypeScript of the messages in `apps/pipeline/messages.py`.

    tools/generate_wire_types.py            writes the file
    tools/generate_wire_types.py --check    exits 1 when the file is not what would be written

The dashboard reads messages only, so fields that a struct leaves out at their default are
optional there, and integers are numbers: microseconds since 1970 fit exactly until the year 2255.
"""

from __future__ import annotations

import argparse
import inspect
import re
import sys
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path
from typing import Any

import msgspec.inspect as mi
from msgspec import Struct

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))  # started as a script, from anywhere

from apps.pipeline import messages  # noqa: E402 - after the path that finds it

TARGET = ROOT / "spa" / "src" / "wire.ts"

_HEAD = """\
// Written by tools/generate_wire_types.py from apps/pipeline/messages.py: edit that, then run this.
"""

_PLAIN: dict[type[mi.Type], str] = {
    mi.StrType: "string",
    mi.IntType: "number",
    mi.FloatType: "number",
    mi.BoolType: "boolean",
    mi.NoneType: "null",
    mi.BytesType: "Uint8Array",
}


def type_of(kind: mi.Type) -> str:
    """The TypeScript type of a msgspec type.

    Raises:
        TypeError: the messages use a type that this tool does not know yet.
    """
    if type(kind) in _PLAIN:
        return _PLAIN[type(kind)]
    match kind:
        case mi.StructType() | mi.EnumType():
            return kind.cls.__name__
        case mi.UnionType():
            return " | ".join(type_of(member) for member in kind.types)
        case mi.TupleType():
            return f"[{', '.join(type_of(item) for item in kind.item_types)}]"
        case mi.VarTupleType() | mi.ListType():
            return f"{_in_brackets(type_of(kind.item_type))}[]"
        case mi.DictType():
            return f"Record<{type_of(kind.key_type)}, {type_of(kind.value_type)}>"
        case _:
            raise TypeError(f"no TypeScript for {kind}: teach type_of")


def _in_brackets(text: str) -> str:
    return f"({text})" if "|" in text else text


def _attributes(cls: type) -> dict[str, str]:
    """The sentence of each field, from the `Attributes:` part of the docstring."""
    _, _, part = (inspect.getdoc(cls) or "").partition("Attributes:\n")
    found: dict[str, str] = {}
    for name, text in re.findall(r"^ {4}(\w+): (.+(?:\n {8}.+)*)", part, re.MULTILINE):
        found[name] = " ".join(text.split())
    return found


def _interface(cls: type[Struct]) -> Iterator[str]:
    shape = mi.type_info(cls)
    if not isinstance(shape, mi.StructType):
        raise TypeError(f"{cls.__name__} is not a struct")
    sentences = _attributes(cls)
    yield f"/** {(inspect.getdoc(cls) or '').splitlines()[0]} */"
    yield f"export interface {cls.__name__} {{"
    for field in shape.fields:
        if field.name in sentences:
            yield f"  /** {sentences[field.name]} */"
        optional = "?" if cls.__struct_config__.omit_defaults and not field.required else ""
        yield f"  {field.encode_name}{optional}: {type_of(field.type)}"
    yield "}"


def _constant(name: str, values: list[Any]) -> Iterator[str]:
    yield f"export const {name} = {values!r} as const"


def _closed_list(cls: type[StrEnum]) -> Iterator[str]:
    yield f"/** {(inspect.getdoc(cls) or '').splitlines()[0]} */"
    yield from _constant(f"{cls.__name__}s", [member.value for member in cls])
    yield f"export type {cls.__name__} = (typeof {cls.__name__}s)[number]"


def generate() -> str:
    """The text of `wire.ts`."""
    blocks: list[str] = []
    for name in messages.__all__:
        value = getattr(messages, name)
        if isinstance(value, type) and issubclass(value, StrEnum):
            blocks.append("\n".join(_closed_list(value)))
        elif isinstance(value, type) and issubclass(value, Struct):
            blocks.append("\n".join(_interface(value)))
        elif name.isupper():
            blocks.append("\n".join(_constant(name, list(value))))
    return _HEAD + "\n" + "\n\n".join(blocks) + "\n"


def main() -> int:
    """Writes or checks the file; 1 when a check fails."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--check", action="store_true", help="write nothing, fail on a difference")
    wanted = generate()
    if parser.parse_args().check:
        if TARGET.is_file() and TARGET.read_text() == wanted:
            return 0
        print(f"{TARGET.relative_to(ROOT)} is not what the messages say:", file=sys.stderr)
        print("run tools/generate_wire_types.py and commit the file", file=sys.stderr)
        return 1
    TARGET.write_text(wanted)
    print(f"wrote {TARGET.relative_to(ROOT)}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
