"""From a popped frame to one that can be inferred: everything that can be wrong has a name."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.inference.intake import LiveFrame, check
from apps.pipeline.live_queue.frame_consumer import PoppedFrame, Ticket
from apps.pipeline.messages import DropReason, Frame, wire

NOW = 1_700_000_000_000_000
BORN = 1_699_999_000_000_000
ARRIVED = NOW - 300_000
HOUR = 3600 * 1_000_000


def popped(data: bytes) -> PoppedFrame:
    ticket = Ticket("worker", f"{BORN}-abcd", 1, 1)
    return PoppedFrame(ticket, data, arrived_at=ARRIVED, arrival=17, name="hall")


def ours(**changes: Any) -> PoppedFrame:
    fields: dict[str, Any] = {
        "name": "hall", "category": "face", "data": b"jpeg", "sequence": 5, "epoch": 9,
        "captured_at": NOW - 500_000,
    }  # fmt: skip
    return popped(wire.encode(Frame(**(fields | changes))))


def accepted(frame: PoppedFrame) -> LiveFrame:
    answer = check(frame, "face", NOW)
    assert isinstance(answer, LiveFrame)
    return answer


def test_a_frame_of_ours_keeps_its_sequence_epoch_and_capture_time() -> None:
    frame = accepted(ours())
    assert (frame.stream, frame.jpeg) == ("hall:face", b"jpeg")
    assert (frame.sequence, frame.epoch, frame.captured_at) == (5, 9, NOW - 500_000)
    assert not frame.time_replaced


def test_a_frame_of_an_old_producer_gets_its_arrival_number_the_birth_of_the_books_and_its_arrival(
) -> None:  # fmt: skip
    frame = accepted(popped(wire.encode({"name": "hall", "category": "face", "data": b"jpeg"})))
    assert (frame.sequence, frame.epoch, frame.captured_at) == (17, BORN, ARRIVED)
    assert not frame.time_replaced


@pytest.mark.parametrize("missing", [{"sequence": None}, {"epoch": None}])
def test_a_sequence_means_nothing_without_its_epoch(missing: dict[str, None]) -> None:
    frame = accepted(ours(**missing))
    assert (frame.sequence, frame.epoch) == (17, BORN)


@pytest.mark.parametrize("captured", [NOW + 1_000_001, NOW - HOUR - 1, 0, -1, 2**62])
def test_an_impossible_capture_time_is_replaced_by_the_arrival_and_counted(captured: int) -> None:
    frame = accepted(ours(captured_at=captured))
    assert (frame.captured_at, frame.time_replaced) == (ARRIVED, True)


@pytest.mark.parametrize("captured", [NOW + 1_000_000, NOW, NOW - HOUR])
def test_a_possible_capture_time_is_believed(captured: int) -> None:
    frame = accepted(ours(captured_at=captured))
    assert (frame.captured_at, frame.time_replaced) == (captured, False)


def test_a_name_is_percent_encoded_in_the_stream_id() -> None:
    assert accepted(ours(name="hall 2:left")).stream == "hall%202%3Aleft:face"


def test_a_frame_of_another_task_is_refused() -> None:
    assert check(ours(category="car"), "face", NOW) is DropReason.WRONG_TASK


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b"\x00" * 64, id="not a map"),
        pytest.param(b"\xff\xd8\xff\xe0JFIF", id="a bare JPEG"),
        pytest.param(wire.encode(["hall", "face", b"jpeg"]), id="a list"),
        pytest.param(wire.encode({"name": "hall", "category": "face"}), id="no data"),
        pytest.param(wire.encode({"category": "face", "data": b""}), id="no name"),
        pytest.param(wire.encode({"name": 7, "category": "face", "data": b""}), id="name: 7"),
        pytest.param(wire.encode({"name": "h", "category": "face", "data": 7}), id="data: 7"),
        pytest.param(wire.encode({"name": "", "category": "face", "data": b""}), id="name: ''"),
        pytest.param(wire.encode({"name": "a\n", "category": "face", "data": b""}), id="newline"),
        pytest.param(
            wire.encode({"name": "n" * 201, "category": "face", "data": b""}), id="a long name"
        ),
        pytest.param(
            wire.encode({"name": "h", "category": "face", "data": b"", "sequence": "5"}),
            id="sequence: '5'",
        ),
        pytest.param(
            wire.encode({"name": "h", "category": "face", "data": b"", "captured_at": 1.5}),
            id="captured_at: 1.5",
        ),
        pytest.param(ours().data[:-1], id="truncated"),
        pytest.param(ours().data + b"\x00", id="more behind it"),
        pytest.param(b"\x83\xa4name\xa1\xff\xa8category\xa4face\xa4data\xc4\x00", id="not UTF-8"),
        pytest.param(b"\x91" * 100_000, id="nested without end"),
    ],
)
def test_what_is_no_frame_is_malformed(data: bytes) -> None:
    assert check(popped(data), "face", NOW) is DropReason.MALFORMED


@given(data=st.binary(max_size=200))
def test_no_bytes_make_the_intake_fail(data: bytes) -> None:
    assert isinstance(check(popped(data), "face", NOW), DropReason)


@given(data=st.binary(max_size=60), at=st.integers(0, 60))
def test_no_damage_to_a_frame_makes_the_intake_fail(data: bytes, at: int) -> None:
    whole = ours().data
    check(popped(whole[:at] + data + whole[at + len(data) :]), "face", NOW)
