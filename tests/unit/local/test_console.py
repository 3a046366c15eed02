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


def test_the_status_line_says_streams_rates_and_workers_that_are_there_and_wanted() -> None:
    streams = [stream("a", SourceState.LIVE, 15.0), stream("b", SourceState.OFFLINE, 0.0)]
    assert status_text(streams, [WORKER], {"people": 2, "face": 1}) == (
        "streams 1/2 live · 15 fps in · 12 inferred · 3 dropped · "
        "workers: face 0/1, people 1/2 yolox-nano FP32"
    )


def test_where_lines_cannot_be_overwritten_the_status_comes_now_and_then() -> None:
    out = io.StringIO()
    console = Console(out=out)
    for _ in range(5):
        console.status([], [], {"people": 1})
    assert out.getvalue().count("streams 0/0 live") == 1


def test_on_a_terminal_events_push_the_status_line_down() -> None:
    out = Terminal()
    console = Console(out=out)
    console.status([], [], {"people": 1})
    console.say("people: 1 → 2 workers")
    last = out.getvalue().rpartition("\r\x1b[K")[2]
    event, status = last.split("\n")
    assert event.endswith("people: 1 → 2 workers")
    assert status.startswith("streams 0/0 live")


@pytest.mark.parametrize(("verbose", "lines"), [(False, 1), (True, 2)])
def test_warnings_of_services_are_shown_and_the_rest_on_demand(verbose: bool, lines: int) -> None:
    out = io.StringIO()
    console = Console(verbose=verbose, out=out)
    console.relay("gateway", LogLine("info", "ready"))
    console.relay("gateway", LogLine("warning", "Redis: no answer"))
    assert len(out.getvalue().splitlines()) == lines
    assert "gateway: Redis: no answer" in out.getvalue()


def test_a_line_that_is_no_record_is_an_error_and_a_traceback_belongs_to_its_record() -> None:
    assert read_log_line("Segmentation fault") == LogLine("error", "Segmentation fault")
    record = '{"level": "error", "message": "a bug", "traceback": "Traceback: …"}'
    assert read_log_line(record) == LogLine("error", "a bug\nTraceback: …")


def test_what_the_runner_itself_logs_reads_like_any_event() -> None:
    out = io.StringIO()
    log = ConsoleLog(Console(out=out))
    text, given = "%s; starting it again", ("people worker 1 ended",)
    log.handle(logging.LogRecord("fleet", logging.ERROR, "", 0, text, given, None))
    (line,) = out.getvalue().splitlines()
    assert line.endswith(" people worker 1 ended; starting it again")
