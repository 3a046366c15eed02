"""The ledger of a task, from the answer of the sweep script."""

from __future__ import annotations

from apps.pipeline.live_queue.ledger import Ledger, StreamLedger, read_ledger


def read(
    fields: dict[str, int | str], index: tuple[str, ...] = (), flight: tuple[str, ...] = ()
) -> Ledger:
    flat = [str(part).encode() for pair in fields.items() for part in pair]
    answer = (b"17-ab", b"18", flat, [line.encode() for line in index],
              [name.encode() for name in flight])  # fmt: skip
    return read_ledger("face", answer)


def test_every_counter_is_read() -> None:
    ledger = read(
        {
            "id": "17-ab", "names": 1, "bytes": 30, "unbooked": 2, "swept_at": 5,
            "pushed|hall": 10, "inferred|hall": 3, "lost|hall": 1, "dropped|overflow|hall": 2,
            "dropped|stale|hall": 1, "refused|too_large|hall": 4,
        },
        index=("10 17 8 hall", "20 17 9 hall"),
        flight=("hall",),
    )  # fmt: skip
    assert (ledger.task, ledger.id, ledger.at) == ("face", "17-ab", 18)
    assert (ledger.bytes, ledger.unbooked) == (30, 2)
    assert ledger.streams == {
        "hall": StreamLedger(
            pushed=10, queued=2, in_flight=1, inferred=3, lost=1,
            dropped={"overflow": 2, "stale": 1}, refused={"too_large": 4},
        )
    }  # fmt: skip
    assert ledger.streams["hall"].error == 0


def test_a_name_may_look_like_a_counter() -> None:
    name = "dropped|overflow|a b 1"
    ledger = read(
        {f"pushed|{name}": 3, f"dropped|overflow|{name}": 1},
        index=(f"10 17 2 {name}",),
        flight=(name,),
    )
    assert ledger.streams == {
        name: StreamLedger(pushed=3, queued=1, in_flight=1, dropped={"overflow": 1})
    }


def test_the_error_is_the_number_of_missing_frames() -> None:
    assert StreamLedger(pushed=3, inferred=1, dropped={"stale": 1}).error == 1
    assert StreamLedger(pushed=1, inferred=2).error == -1


def test_refused_frames_are_not_pushed_frames() -> None:
    assert StreamLedger(refused={"too_large": 5}).error == 0


def test_the_total_is_the_sum_of_all_streams() -> None:
    ledger = read(
        {
            "pushed|a": 5, "inferred|a": 4, "dropped|stale|a": 1,
            "pushed|b": 3, "dropped|stale|b": 2, "dropped|failed|b": 1, "refused|conflict|b": 1,
        }
    )  # fmt: skip
    assert ledger.total == StreamLedger(
        pushed=8, inferred=4, dropped={"stale": 3, "failed": 1}, refused={"conflict": 1}
    )
    assert ledger.streams["a"].dropped == {"stale": 1}


def test_an_empty_ledger_has_no_error() -> None:
    assert read({"id": "17-ab"}).total == StreamLedger()


def test_invalid_utf8_in_names_is_replaced() -> None:
    ledger = read_ledger("face", (b"17-ab", b"18", [b"pushed|\xff", b"1"], [b"10 17 1 \xff"], ()))
    assert ledger.streams == {"\ufffd": StreamLedger(pushed=1, queued=1)}
