"""The responses of `/api`."""

from __future__ import annotations

from typing import Any

import pytest

from apps.gateway.api import answers
from apps.gateway.state.membership import Membership
from apps.gateway.state.observation import RateWindow
from apps.gateway.state.snapshot import Snapshot, build, config_of
from apps.pipeline.messages import AGE_BUCKETS_MS, SourceState, StreamLoad, wire
from apps.pipeline.registry.control import StreamWanted
from tests.unit.gateway.observations import ledger, line, observation, stream, worker


def looked(*observations: Any) -> Snapshot:
    """The snapshot after these observations."""
    window, roll = RateWindow(), Membership()
    for seen in observations:
        window.add(seen)
    *_, present = [roll.update(seen) for seen in observations]
    return build(observations[-1], window, present)


def load(fps: float, bucket: int) -> StreamLoad:
    ages = [0] * (len(AGE_BUCKETS_MS) + 1)
    ages[bucket] = int(fps * 10)
    return StreamLoad(inferred_fps=fps, ages=tuple(ages), width=320, height=240)


def test_a_stream_has_every_field_of_the_contract() -> None:
    snapshot = looked(observation(0, streams=[stream()], workers=[worker()]))
    shown = snapshot.streams["hall:face"]
    assert set(shown.__struct_fields__) >= {
        "id", "name", "task", "state", "source", "width", "height", "fps", "inferred_fps",
        "drop_fps", "drops", "age_p50_ms", "age_p95_ms", "watchers", "model",
    }  # fmt: skip
    assert (shown.model, shown.precision, shown.device) == ("retail", "INT8", "CPU")


def test_a_stream_and_its_task_say_which_better_model_can_be_downloaded() -> None:
    snapshot = looked(
        observation(0, streams=[stream()], workers=[worker(better="retail/FP16-INT8")])
    )
    assert snapshot.streams["hall:face"].better == "retail/FP16-INT8"
    assert snapshot.tasks["face"].better == "retail/FP16-INT8"


def test_rates_of_workers_are_added_up() -> None:
    workers = [
        worker("w1", streams={"hall:face": load(5.0, 2)}),
        worker("w2", streams={"hall:face": load(10.0, 2)}),
    ]
    shown = looked(observation(0, streams=[stream()], workers=workers)).streams["hall:face"]
    assert shown.inferred_fps == 15.0
    assert shown.age_p50_ms == pytest.approx(12.5)


def test_drops_are_those_of_the_ledger() -> None:
    there: dict[str, Any] = {"streams": [stream()], "workers": [worker()]}
    snapshot = looked(
        observation(0, **there, ledgers=[ledger(hall=line(10))]),
        observation(2, **there, ledgers=[ledger(hall=line(20, inferred=16, dropped={"stale": 4}))]),
    )
    shown = snapshot.streams["hall:face"]
    assert (shown.drops, shown.drop_fps) == ({"stale": 4}, 2.0)


def test_no_credentials_are_shown() -> None:
    info = stream(source="rtsp://admin:hunter2@cam/live?token=abc")
    wanted = StreamWanted(name="yard", tasks=("face",), source="http://u:p@cam/v?key=k")
    snapshot = looked(observation(0, streams=[info], wanted=[wanted]))
    shown = wire.to_json(list(snapshot.streams.values())).decode()
    assert "rtsp://cam/live?token=***" in shown
    assert not any(secret in shown for secret in ("hunter2", "admin", "abc", "u:p", "key=k"))


def test_the_size_of_a_foreign_stream_comes_from_the_workers() -> None:
    workers = [worker(streams={"old:face": load(3.0, 1)})]
    snapshot = looked(
        observation(0, workers=workers, ledgers=[ledger()]),
        observation(2, workers=workers, ledgers=[ledger(old=line(6))]),
    )
    shown = snapshot.streams["old:face"]
    assert (shown.kind, shown.width, shown.height, shown.fps) == ("foreign", 320, 240, 3.0)


def test_an_offline_stream_has_no_rate() -> None:
    snapshot = looked(observation(0, streams=[stream()]), observation(5))
    assert snapshot.streams["hall:face"].fps == 0.0


def test_watchers_are_counted() -> None:
    snapshot = looked(observation(0, streams=[stream()], watchers={"hall:face": 3}))
    assert snapshot.streams["hall:face"].watchers == 3


def test_a_task_is_described() -> None:
    workers = [
        worker("w1", scale_ratio=0.75, utilisation=0.5),
        worker("w2", scale_ratio=1.0, utilisation=1.0),
    ]
    books = [ledger(a=line(9, inferred=4, queued=3, in_flight=2))]
    seen = observation(0, workers=workers, ledgers=books, jobs={"face": 7})
    task = looked(seen).tasks["face"]
    assert (task.queue_depth, task.jobs, task.workers) == (3, 7, 2)
    assert (task.scale_ratio, task.utilisation) == (1.75, 0.75)
    assert task.labels == ["face"]


def test_a_task_without_workers_is_listed() -> None:
    task = looked(observation(0, ledgers=[ledger()])).tasks["face"]
    assert (task.workers, task.model, task.scale_ratio) == (0, "", 0.0)


def test_the_ledger_adds_up_and_reports_missing_frames() -> None:
    books = [ledger(a=line(10), b=line(10, inferred=7, lost=1, dropped={"failed": 1}))]
    (shown,) = looked(observation(0, ledgers=books)).ledger(lambda _: True).tasks
    assert (shown.pushed, shown.inferred, shown.lost, shown.error) == (20, 17, 1, 1)
    assert shown.streams["b:face"].dropped == {"failed": 1}


def test_lines_of_hidden_streams_are_left_out_and_the_sum_stays() -> None:
    books = [ledger(a=line(10), b=line(5))]
    answer = looked(observation(0, ledgers=books)).ledger(lambda identity: identity == "a:face")
    assert list(answer.tasks[0].streams) == ["a:face"]
    assert answer.tasks[0].pushed == 15


def test_a_detail_has_the_counters_of_queue_and_source() -> None:
    info = stream(captured=12, pushed=10, dropped={"full": 2})
    snapshot = looked(observation(0, streams=[info], ledgers=[ledger(hall=line(10))]))
    detail = snapshot.detail("hall:face", admin=False)
    assert detail is not None
    assert detail.ledger == answers.Account(pushed=10, inferred=10)
    assert detail.at_source == answers.AtSource(captured=12, pushed=10, dropped={"full": 2})


def test_the_configuration_is_for_admins() -> None:
    wanted = StreamWanted(name="hall", tasks=("face",), source="rtsp://u:pw@cam/live")
    snapshot = looked(observation(0, streams=[stream()], wanted=[wanted]))
    viewer, admin = (snapshot.detail("hall:face", admin=it) for it in (False, True))
    assert viewer is not None
    assert viewer.config is None
    assert admin is not None
    assert admin.config is not None
    assert admin.config.source == "rtsp://u@cam/live"


def test_an_unknown_stream_has_no_detail() -> None:
    assert Snapshot().detail("hall:face", admin=True) is None


def test_a_file_is_shown_by_its_name() -> None:
    wanted = StreamWanted(name="hall", tasks=("face",), source="/home/me/videos/clip.mp4")
    assert config_of(wanted).source == "file:clip.mp4"
    info = stream(source="/home/me/videos/clip.mp4", kind="file")
    assert looked(observation(0, streams=[info])).streams["hall:face"].source == "file:clip.mp4"


def test_a_paused_stream_has_no_rate() -> None:
    info = stream(state=SourceState.PAUSED, fps=12.0)
    assert looked(observation(0, streams=[info])).streams["hall:face"].fps == 0.0
