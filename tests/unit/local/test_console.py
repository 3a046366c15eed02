"""What the person at the terminal reads."""

from __future__ import annotations

import io
import logging

import pytest

from apps.local.console import Console, ConsoleLog, status_text
from apps.local.processes.child import LogLine, read_log_line
from apps.pipeline.messages import SourceState, StreamInfo, WorkerInfo, WorkerState


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def stream(name: str, state: SourceState, fps: float) -> StreamInfo:
    return StreamInfo(id=f"{name}:people", name=name, task="people", epoch=1, state=state, fps=fps)


WORKER = WorkerInfo(
    id="w1", task="people", state=WorkerState.READY, model="yolox-nano", precision="FP32",
    inferred_fps=12.4, drop_fps=2.6,
)  # fmt: skip


def test_the_status_line_shows_streams_rates_and_present_and_desired_workers() -> None:
    streams = [stream("a", SourceState.LIVE, 15.0), stream("b", SourceState.OFFLINE, 0.0)]
    assert status_text(streams, [WORKER], {"people": 2, "face": 1}, 4) == (
        "1/2 streams live · 15 fps in · 12 inferred · 3 dropped · "
        "face: 0 of 1 worker (limit 4), people: 1 of 2 workers (limit 4) yolox-nano FP32"
    )


def test_one_worker_is_singular() -> None:
    assert status_text([], [WORKER], {"people": 1}, 1).endswith(
        "people: 1 worker (limit 1) yolox-nano FP32"
    )


def test_without_a_terminal_the_status_line_is_printed_once_in_ten_seconds() -> None:
    out = io.StringIO()
    console = Console(out=out)
    for _ in range(5):
        console.status([], [], {"people": 1}, 1)
    assert out.getvalue().count("0/0 streams live") == 1


def test_on_a_terminal_the_status_line_stays_below_the_events() -> None:
    out = Terminal()
    console = Console(out=out)
    console.status([], [], {"people": 1}, 1)
    console.say("people: 1 → 2 workers")
    last = out.getvalue().rpartition("\r\x1b[K")[2]
    event, status = last.split("\n")
    assert event.endswith("people: 1 → 2 workers")
    assert status.startswith("0/0 streams live")


@pytest.mark.parametrize(("verbose", "lines"), [(False, 1), (True, 2)])
def test_only_warnings_of_services_are_shown_unless_verbose(verbose: bool, lines: int) -> None:
    out = io.StringIO()
    console = Console(verbose=verbose, out=out)
    console.relay("gateway", LogLine("info", "ready"))
    console.relay("gateway", LogLine("warning", "Redis: no response"))
    assert len(out.getvalue().splitlines()) == lines
    assert "gateway: Redis: no response" in out.getvalue()


def test_a_line_in_another_format_is_an_error_and_a_traceback_follows_its_message() -> None:
    assert read_log_line("Segmentation fault") == LogLine("error", "Segmentation fault")
    record = '{"level": "error", "message": "a bug", "traceback": "Traceback: …"}'
    assert read_log_line(record) == LogLine("error", "a bug\nTraceback: …")


def test_log_records_of_the_runner_are_printed_as_events() -> None:
    out = io.StringIO()
    log = ConsoleLog(Console(out=out))
    text, given = "%s; restarting it", ("people worker 1 ended",)
    log.handle(logging.LogRecord("fleet", logging.ERROR, "", 0, text, given, None))
    (line,) = out.getvalue().splitlines()
    assert line.endswith(" people worker 1 ended; restarting it")
