"""Settings and requests become stream plans."""

from __future__ import annotations

from pathlib import Path

import pytest

from apps.pipeline.live_queue.settings import Policy
from apps.pipeline.registry.control import StreamWanted, TrialAsked
from apps.runtime.errors import SettingsError, SourceError
from apps.streams.capture.stop_signal import StopSignal
from apps.streams.planner import StreamPlanner
from apps.streams.settings import StreamsSettings
from tests.support.pictures import grey_jpeg


def planner(settings: StreamsSettings | None = None) -> StreamPlanner:
    return StreamPlanner(settings or StreamsSettings())


def test_the_settings_of_the_process_define_a_stream(tmp_path: Path) -> None:
    (tmp_path / "hall.jpg").write_bytes(grey_jpeg())
    settings = StreamsSettings(
        source=str(tmp_path / "hall.jpg"), tasks=("face", "people"), fps=5,
        size="320x240", quality=60, policy="block",
    )  # fmt: skip
    plan = planner(settings).configured()
    assert plan.name.endswith("-hall")
    assert (plan.tasks, plan.fps, plan.policy) == (("face", "people"), 5, Policy.BLOCK)
    assert (plan.form.width, plan.form.height, plan.form.quality) == (320, 240, 60)
    assert (plan.kind, plan.shown) == ("images", str(tmp_path / "hall.jpg"))


def test_a_stream_name_can_be_set() -> None:
    settings = StreamsSettings(source="synthetic:pattern", stream_name="demo")
    assert planner(settings).configured().name == "demo"


@pytest.mark.parametrize("source", ["/nowhere/clip.mp4", "synthetic:nowhere", "ftp://x/y"])
def test_an_impossible_source_of_the_settings_is_an_error(source: str) -> None:
    with pytest.raises(SourceError):
        planner(StreamsSettings(source=source)).configured()


def test_a_malformed_size_is_a_settings_error() -> None:
    with pytest.raises(SettingsError, match="EI_SIZE"):
        planner(StreamsSettings(size="large"))


def test_the_plan_of_a_requested_stream_shows_no_secret() -> None:
    wanted = StreamWanted(
        name="door", tasks=("face",), source="rtsp://u:secret@cam/live", fps=4, allow=("cam",)
    )
    plan = planner().requested(wanted)
    assert (plan.name, plan.kind, plan.fps) == ("door", "rtsp", 4)
    assert "secret" not in plan.shown


def test_a_requested_stream_with_an_invalid_source_reports_it_while_it_runs() -> None:
    wanted = StreamWanted(name="door", tasks=("face",), source="ftp://host/x")
    plan = planner().requested(wanted)
    with pytest.raises(SourceError, match="Unsupported protocol ftp"):
        next(plan.source.pictures(StopSignal()))


def test_the_source_of_a_trial_is_checked_first() -> None:
    with pytest.raises(SourceError, match="no such file"):
        planner().trial(TrialAsked(id="1", source="/nowhere.mp4", until=0))
