"""From what people and the gateway ask for to streams."""

from __future__ import annotations

from pathlib import Path

import fakeredis
import pytest

from apps.pipeline.live_queue.settings import LiveSettings, Policy
from apps.pipeline.registry.control import StreamWanted, TrialAsked
from apps.runtime.errors import SettingsError, SourceError, WireError
from apps.runtime.service import Service
from apps.streams.planner import Planner
from apps.streams.settings import StreamsSettings
from apps.streams.stop_sign import StopSign
from apps.streams.stream_set import StreamSet
from tests.pictures import grey_jpeg


async def planner(settings: StreamsSettings | None = None) -> Planner:
    streams = StreamSet(Service("streams"), fakeredis.FakeAsyncRedis(), LiveSettings())
    return Planner(settings or StreamsSettings(), streams)


async def test_the_streams_own_settings_make_a_plan(tmp_path: Path) -> None:
    (tmp_path / "hall.jpg").write_bytes(grey_jpeg())
    settings = StreamsSettings(
        source=str(tmp_path / "hall.jpg"), tasks=("face", "people"), fps=5,
        size="320x240", quality=60, policy="block",
    )  # fmt: skip
    plan = (await planner(settings)).own()
    assert plan.name.endswith("-hall")
    assert (list(plan.pushes), plan.fps, plan.policy) == (["face", "people"], 5, Policy.BLOCK)
    assert (plan.form.width, plan.form.height, plan.form.quality) == (320, 240, 60)
    assert (plan.kind, plan.shown) == ("images", str(tmp_path / "hall.jpg"))


async def test_a_stream_may_be_named() -> None:
    settings = StreamsSettings(source="synthetic:pattern", stream_name="demo")
    assert (await planner(settings)).own().name == "demo"


@pytest.mark.parametrize("source", ["/nowhere/clip.mp4", "synthetic:nowhere", "ftp://x/y"])
async def test_a_source_that_cannot_work_stops_the_process_at_once(source: str) -> None:
    with pytest.raises(SourceError):
        (await planner(StreamsSettings(source=source))).own()


async def test_a_wrong_size_is_a_wrong_setting() -> None:
    with pytest.raises(SettingsError, match="EI_SIZE"):
        await planner(StreamsSettings(size="large"))


async def test_a_wanted_stream_is_planned_without_its_secret() -> None:
    wanted = StreamWanted(
        name="door", tasks=("face",), source="rtsp://u:secret@cam/live", fps=4, allow=("cam",)
    )
    plan = (await planner()).wanted(wanted)
    assert (plan.name, plan.kind, plan.fps) == ("door", "rtsp", 4)
    assert "secret" not in plan.shown


async def test_a_wanted_stream_that_makes_no_sense_says_so_while_it_runs() -> None:
    wanted = StreamWanted(name="door", tasks=("face",), source="ftp://host/x")
    plan = (await planner()).wanted(wanted)
    with pytest.raises(SourceError, match="not read by ftp"):
        next(plan.source.pictures(StopSign()))


async def test_a_wanted_stream_of_a_malformed_task_is_refused() -> None:
    with pytest.raises(WireError):
        (await planner()).wanted(StreamWanted(name="x", tasks=("A B",), source="camera:0"))


async def test_a_trial_looks_at_the_source_first() -> None:
    with pytest.raises(SourceError, match="no such file"):
        (await planner()).tried(TrialAsked(id="1", source="/nowhere.mp4", until=0))
