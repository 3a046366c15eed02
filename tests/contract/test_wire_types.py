"""The types of the dashboard agree with the structs."""

from __future__ import annotations

import msgspec
import msgspec.inspect as mi
import pytest

from tools.generate import wire_types


def test_the_committed_types_agree_with_the_structs() -> None:
    assert wire_types.TARGET.read_text() == wire_types.generate(), (
        "run tools/generate.sh and commit spa/src/wire.ts"
    )


class _Inner(msgspec.Struct, omit_defaults=True):
    label: str
    weight: float | None = None


class _Request(msgspec.Struct, forbid_unknown_fields=True):
    names: list[str | None]
    inner: tuple[_Inner, ...] = ()


def test_every_struct_is_translated_with_its_parts() -> None:
    assert [kind.cls for kind in wire_types.reachable((_Request,))] == [_Inner, _Request]


@pytest.mark.parametrize(
    ("python", "typescript"),
    [
        (dict[str, int], "Record<string, number>"),
        (tuple[float, float], "[number, number]"),
        (list[str | None], "(string | null)[]"),
        (bytes, "Uint8Array"),
    ],
)
def test_a_type_has_one_translation(python: object, typescript: str) -> None:
    assert wire_types.type_of(mi.type_info(python)) == typescript


def test_bytes_are_text_in_json() -> None:
    assert wire_types.type_of(mi.type_info(bytes), as_json=True) == "string"


def test_a_type_without_translation_raises_an_error() -> None:
    with pytest.raises(TypeError, match="No TypeScript type for"):
        wire_types.type_of(mi.type_info(complex))
