"""Admission of frames: each kind of invalid frame has its own drop reason."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.inference.frame_admission import AdmittedFrame, admit
from apps.pipeline.live_queue.frame_consumer import PoppedFrame, Ticket
from apps.pipeline.messages import DropReason, Frame, wire

NOW = 1_700_000_000_000_000
CREATED = 1_699_999_000_000_000
ARRIVED = NOW - 300_000
HOUR = 3600 * 1_000_000


def popped(data: bytes) -> PoppedFrame:
    ticket = Ticket("worker", f"{CREATED}-abcd", 1, 1)
    return PoppedFrame(ticket, data, arrived_at=ARRIVED, arrival=17, name="hall")


def complete(**changes: Any) -> PoppedFrame:
    fields: dict[str, Any] = {
        "name": "hall", "category": "face", "data": b"jpeg", "sequence": 5, "epoch": 9,
        "captured_at": NOW - 500_000,
    }  # fmt: skip
    return popped(wire.encode(Frame(**(fields | changes))))


def accepted(frame: PoppedFrame) -> AdmittedFrame:
    answer = admit(frame, "face", NOW)
    assert isinstance(answer, AdmittedFrame)
    return answer


def test_a_complete_frame_keeps_its_sequence_epoch_and_capture_time() -> None:
    frame = accepted(complete())
    assert (frame.stream, frame.jpeg) == ("hall:face", b"jpeg")
    assert (frame.sequence, frame.epoch, frame.captured_at) == (5, 9, NOW - 500_000)
    assert not frame.time_replaced


def test_a_frame_without_numbers_gets_arrival_number_ledger_time_and_arrival_time() -> None:
    frame = accepted(popped(wire.encode({"name": "hall", "category": "face", "data": b"jpeg"})))
    assert (frame.sequence, frame.epoch, frame.captured_at) == (17, CREATED, ARRIVED)
    assert not frame.time_replaced


@pytest.mark.parametrize("missing", [{"sequence": None}, {"epoch": None}])
def test_sequence_and_epoch_are_replaced_unless_both_are_present(missing: dict[str, None]) -> None:
    frame = accepted(complete(**missing))
    assert (frame.sequence, frame.epoch) == (17, CREATED)


@pytest.mark.parametrize("captured", [NOW + 1_000_001, NOW - HOUR - 1, 0, -1, 2**62])
def test_an_invalid_capture_time_is_replaced_by_the_arrival_time(captured: int) -> None:
    frame = accepted(complete(captured_at=captured))
    assert (frame.captured_at, frame.time_replaced) == (ARRIVED, True)


@pytest.mark.parametrize("captured", [NOW + 1_000_000, NOW, NOW - HOUR])
def test_a_valid_capture_time_is_kept(captured: int) -> None:
    frame = accepted(complete(captured_at=captured))
    assert (frame.captured_at, frame.time_replaced) == (captured, False)


def test_the_stream_id_contains_the_percent_encoded_name() -> None:
    assert accepted(complete(name="hall 2:left")).stream == "hall%202%3Aleft:face"


def test_a_frame_of_another_task_is_refused() -> None:
    assert admit(complete(category="car"), "face", NOW) is DropReason.WRONG_TASK


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
        pytest.param(complete().data[:-1], id="truncated"),
        pytest.param(complete().data + b"\x00", id="trailing byte"),
        pytest.param(b"\x83\xa4name\xa1\xff\xa8category\xa4face\xa4data\xc4\x00", id="not UTF-8"),
        pytest.param(b"\x91" * 100_000, id="deeply nested"),
    ],
)
def test_an_invalid_message_is_malformed(data: bytes) -> None:
    assert admit(popped(data), "face", NOW) is DropReason.MALFORMED


@given(data=st.binary(max_size=200))
def test_random_bytes_never_raise(data: bytes) -> None:
    assert isinstance(admit(popped(data), "face", NOW), DropReason)


@given(data=st.binary(max_size=60), at=st.integers(0, 60))
def test_a_damaged_frame_never_raises(data: bytes, at: int) -> None:
    whole = complete().data
    admit(popped(whole[:at] + data + whole[at + len(data) :]), "face", NOW)
