"""`spa/src/wire.ts`: TypeScript types of the structs that the dashboard reads and writes.

These are the results on the WebSocket (`apps/pipeline/messages`) and the REST contract
(`answers.py` and `bodies.py` of `apps/gateway`). Integers are numbers: microseconds since 1970 fit
exactly until the year 2255. Bytes are an array in MessagePack and Base64 text in JSON.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from enum import Enum
from pathlib import Path

import msgspec.inspect as mi
from msgspec import UNSET

from apps.gateway.api import answers, bodies
from apps.gateway.http.problem import Problem
from apps.pipeline import messages
from tools.generate.field_docs import field_docs

ROOT = Path(__file__).resolve().parents[2]

TARGET = ROOT / "spa" / "src" / "wire.ts"

#: The structs that the dashboard names; the structs inside them are added.
ROOTS: tuple[type, ...] = (
    messages.DropReason, messages.Result, answers.LedgerAnswer, answers.StreamList,
    answers.StreamDetail, bodies.StreamConfig, bodies.StreamChange, answers.Added,
    answers.TaskList, answers.Inference, answers.Trial, answers.Uploaded, answers.SessionAnswer,
    bodies.Credentials, answers.Scaling, Problem,
)  # fmt: skip

_HEAD = """\
// Written by tools/generate.sh from apps/pipeline/messages, apps/gateway/api/answers.py
// and apps/gateway/api/bodies.py: edit those, then run it.
"""

_PLAIN: dict[type[mi.Type], str] = {
    mi.StrType: "string",
    mi.IntType: "number",
    mi.FloatType: "number",
    mi.BoolType: "boolean",
    mi.NoneType: "null",
    mi.BytesType: "Uint8Array",
}


def type_of(kind: mi.Type, *, as_json: bool = False) -> str:
    """The TypeScript type of a msgspec type.

    Raises:
        TypeError: the type has no TypeScript equivalent here yet.
    """
    if isinstance(kind, mi.StructType | mi.EnumType):
        return kind.cls.__name__
    if type(kind) in _PLAIN:
        return "string" if as_json and isinstance(kind, mi.BytesType) else _PLAIN[type(kind)]
    inner = [type_of(one, as_json=as_json) for one in _inside(kind)]
    match kind:
        case mi.Metadata() | mi.UnionType():
            return " | ".join(inner)
        case mi.TupleType():
            return f"[{', '.join(inner)}]"
        case mi.VarTupleType() | mi.ListType():
            return f"({inner[0]})[]" if "|" in inner[0] else f"{inner[0]}[]"
        case mi.DictType():
            return f"Record<string, {inner[0]}>"
    raise TypeError(f"No TypeScript type for {kind}: extend type_of")


def _inside(kind: mi.Type) -> Iterator[mi.Type]:
    """The types directly inside a type."""
    match kind:
        case mi.Metadata():
            yield kind.type
        case mi.StructType():
            yield from (field.type for field in kind.fields)
        case mi.UnionType():
            yield from kind.types
        case mi.TupleType():
            yield from kind.item_types
        case mi.VarTupleType() | mi.ListType():
            yield kind.item_type
        case mi.DictType():
            yield kind.value_type


def reachable(roots: tuple[type, ...]) -> list[mi.StructType | mi.EnumType]:
    """Every struct and enumeration that the roots use, each before the structs that contain it."""
    found: dict[str, mi.StructType | mi.EnumType] = {}

    def visit(kind: mi.Type) -> None:
        for inner in _inside(kind):
            visit(inner)
        if isinstance(kind, mi.StructType | mi.EnumType):
            other = found.setdefault(kind.cls.__name__, kind)
            if other.cls is not kind.cls:
                raise TypeError(f"Two structs have the name {kind.cls.__name__}: rename one")

    for root in roots:
        visit(mi.type_info(root))
    return list(found.values())


def _sentence(field: mi.Field, docs: dict[str, str]) -> str:
    extra = (field.type.extra_json_schema if isinstance(field.type, mi.Metadata) else None) or {}
    return docs.get(field.name) or str(extra.get("description", ""))


def _may_be_absent(field: mi.Field, shape: mi.StructType) -> bool:
    """Whether a field may be missing: in requests, and where defaults are omitted."""
    omitted = shape.cls.__struct_config__.omit_defaults or field.default is UNSET
    return not field.required and (omitted or shape.forbid_unknown_fields)


def _field(field: mi.Field, shape: mi.StructType, docs: dict[str, str]) -> Iterator[str]:
    if sentence := _sentence(field, docs):
        yield f"  /** {sentence} */"
    absent = "?" if _may_be_absent(field, shape) else ""
    as_json = shape.cls.__module__ in {answers.__name__, bodies.__name__}
    yield f"  {field.encode_name}{absent}: {type_of(field.type, as_json=as_json)}"


def _interface(shape: mi.StructType) -> Iterator[str]:
    yield f"/** {(inspect.getdoc(shape.cls) or '').splitlines()[0]} */"
    yield f"export interface {shape.cls.__name__} {{"
    docs = field_docs(shape.cls)
    for field in shape.fields:
        yield from _field(field, shape, docs)
    yield "}"


def _closed_list(cls: type[Enum]) -> Iterator[str]:
    yield f"/** {(inspect.getdoc(cls) or '').splitlines()[0]} */"
    yield f"export type {cls.__name__} ="
    yield from (f"  | {member.value!r}" for member in cls)


def generate() -> str:
    """The text of `wire.ts`."""
    blocks = [
        "\n".join(_interface(kind) if isinstance(kind, mi.StructType) else _closed_list(kind.cls))
        for kind in reachable(ROOTS)
    ]
    return _HEAD + "\n" + "\n\n".join(blocks) + "\n"


def files() -> dict[Path, str]:
    """The file with its content."""
    return {TARGET: generate()}
