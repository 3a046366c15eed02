"""A stream has the same id in keys, URLs and metric labels."""

from __future__ import annotations

from urllib.parse import quote, unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.pipeline.messages import stream_id
from apps.runtime.errors import WireError

names = st.text(
    st.characters(exclude_categories=("Cs", "Cc")), min_size=1, max_size=50
)  # at most four bytes each
tasks = st.from_regex(r"\A[a-z0-9-]+\Z")


@given(name=names, task=tasks)
def test_split_returns_the_name_and_task_given_to_join(name: str, task: str) -> None:
    assert stream_id.split(stream_id.join(name, task)) == (name, task)


@given(name=names)
def test_an_id_needs_no_quoting_in_a_path(name: str) -> None:
    identity = stream_id.join(name, "face")
    assert quote(unquote(identity), safe=":") in {identity, identity.replace("%3A", ":")}
    assert "/" not in identity
    assert " " not in identity


@given(name=names, other=names, task=tasks)
def test_different_names_have_different_ids(name: str, other: str, task: str) -> None:
    same = stream_id.join(name, task) == stream_id.join(other, task)
    assert same == (name == other)


@pytest.mark.parametrize("name", ["", "n" * 201, "ü" * 101, "a\nb", "\x00", "a\x7f"])
def test_an_invalid_name_is_refused(name: str) -> None:
    with pytest.raises(WireError):
        stream_id.join(name, "face")


def test_a_name_of_two_hundred_bytes_is_valid() -> None:
    assert stream_id.check_name("ü" * 100) == "ü" * 100


@pytest.mark.parametrize("task", ["", "Face", "face_int8", "a b", "face\n", "gesicht-ß", "a:b"])
def test_an_invalid_task_is_refused(task: str) -> None:
    with pytest.raises(WireError, match="is not a task"):
        stream_id.check_task(task)


@pytest.mark.parametrize(
    "identity",
    ["", "face", ":face", "hall 2:face", "hall%2:face", "hall:Face", "a:b:face", "%68all:face",
     "hall%0A:face", "hall%FF:face", "%C3%BC".lower() + ":face"],
)  # fmt: skip
def test_ids_that_join_does_not_make_are_refused(identity: str) -> None:
    with pytest.raises(WireError):
        stream_id.split(identity)
