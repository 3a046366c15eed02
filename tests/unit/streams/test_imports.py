"""Each part of the streams service imports only what it needs."""

from __future__ import annotations

import subprocess
import sys

import pytest

#: The own modules of each kind of source.
KINDS = {
    "camera": "camera:0",
    "address": "rtsp://camera/live",
    "video_file": "clip.mp4",
    "images": "picture.jpg",
    "synthetic": "synthetic:pattern",
}
#: Modules that are part of one kind.
PARTS = {"address": {"backlog"}}


def modules_after(statement: str) -> set[str]:
    """Names of all modules that a new interpreter has loaded after the statement."""
    code = f"import sys; {statement}; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(done.stdout.split())


def source_modules(modules: set[str]) -> set[str]:
    prefix = "apps.streams.sources."
    return {name.removeprefix(prefix) for name in modules if name.startswith(prefix)} - {"factory"}


def scene_modules(modules: set[str]) -> set[str]:
    return {name for name in modules if name.startswith("apps.scenes")}


def test_the_settings_load_few_modules() -> None:
    modules = modules_after("import apps.streams.settings")
    assert not modules & {"av", "cv2", "numpy", "apps.scenes"}
    own = {name for name in modules if name.startswith("apps.")}
    assert len(own) < 15, sorted(own)


def test_the_service_loads_no_source_and_no_scene() -> None:
    modules = modules_after("import apps.streams.service")
    assert source_modules(modules) == set()
    assert scene_modules(modules) == set()


@pytest.mark.parametrize("kind", KINDS)
def test_a_source_loads_only_the_module_of_its_kind(kind: str) -> None:
    modules = modules_after(
        "from apps.streams.planner import StreamPlanner; "
        "from apps.streams.settings import StreamsSettings; "
        "from apps.pipeline.registry.control import StreamWanted; "
        f"wanted = StreamWanted(name='a', tasks=('face',), source={KINDS[kind]!r}); "
        "StreamPlanner(StreamsSettings()).requested(wanted)"
    )
    assert source_modules(modules) == {kind} | PARTS.get(kind, set())
    assert bool(scene_modules(modules)) == (kind == "synthetic")


def test_the_address_of_a_scene_is_parsed_without_drawing_code() -> None:
    modules = modules_after("import apps.scenes.spec")
    assert not modules & {"av", "cv2", "numpy"}
    assert scene_modules(modules) == {"apps.scenes", "apps.scenes.spec"}
