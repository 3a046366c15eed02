"""Messages only gain fields, and messages of older versions can be decoded."""

from __future__ import annotations

import inspect

import msgspec
import pytest
from msgspec import Struct

from apps.pipeline import messages
from apps.pipeline.messages import Frame, Result, job, wire
from apps.pipeline.registry import control
from tools.generate.golden_messages import EXAMPLES, GOLDEN, versions

KINDS = [
    kind
    for module in (messages, job, control)
    for _, kind in inspect.getmembers(module, inspect.isclass)
    if issubclass(kind, Struct) and kind.__module__.startswith(module.__name__)
]

by_kind = pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
by_example = pytest.mark.parametrize("example", EXAMPLES, ids=lambda item: type(item).__name__)


def test_every_message_has_an_example() -> None:
    assert {type(example) for example in EXAMPLES} == set(KINDS)


@by_example
def test_an_example_shows_every_field_away_from_its_default(example: Struct) -> None:
    plain = [
        field.name
        for field in msgspec.structs.fields(example)
        if getattr(example, field.name) == field.default
    ]
    assert plain == []


@by_example
def test_a_message_has_the_bytes_of_its_golden_file(example: Struct) -> None:
    golden = versions(type(example))[-1].read_bytes()
    assert wire.encode(example) == golden, "run tools/generate.sh golden-messages"


@by_example
def test_a_decoded_message_equals_the_encoded_one(example: Struct) -> None:
    assert wire.decode(type(example), wire.encode(example)) == example


@by_kind
def test_every_earlier_version_can_be_decoded(kind: type[Struct]) -> None:
    files = versions(kind)
    assert [path.name for path in files] == [
        f"{kind.__name__}.{number}.msgpack" for number in range(1, len(files) + 1)
    ]
    for path in files:
        written = msgspec.msgpack.decode(path.read_bytes())
        read = msgspec.msgpack.decode(wire.encode(wire.decode(kind, path.read_bytes())))
        assert {name: read[name] for name in written} == written


@by_kind
def test_fields_of_later_versions_are_ignored(kind: type[Struct]) -> None:
    (example,) = [item for item in EXAMPLES if type(item) is kind]
    later = msgspec.to_builtins(example, builtin_types=(bytes,)) | {"added_later": [1, 2]}
    assert wire.decode(kind, wire.encode(later)) == example


@by_kind
def test_a_message_is_frozen(kind: type[Struct]) -> None:
    assert kind.__struct_config__.frozen


def test_the_first_field_of_a_frame_is_its_name() -> None:
    """The scripts of the queue read it with string operations."""
    assert Frame.__struct_fields__[0] == "name"
    example = next(item for item in EXAMPLES if isinstance(item, Frame))
    assert wire.encode(example)[1:].startswith(b"\xa4name\xa6hall 2")


def test_a_frame_of_an_old_producer_is_a_frame() -> None:
    frame = wire.decode(Frame, (GOLDEN / "old-producer.msgpack").read_bytes())
    assert frame == Frame(name="10.0.0.5-0", category="face", data=b"\xff\xd8\xff\xd9")
    assert (frame.sequence, frame.epoch, frame.captured_at) == (None, None, None)


def test_a_result_without_picture_has_no_jpeg() -> None:
    result = next(item for item in EXAMPLES if isinstance(item, Result))
    bare = msgspec.structs.replace(result, jpeg=None, detections=())
    assert wire.decode(Result, wire.encode(bare)) == bare
