"""The real streams service with recordings instead of cameras."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from apps.local.processes.child import Child, LogLine
from apps.pipeline.messages import SourceState, stream_id
from apps.pipeline.registry.control import StreamWanted
from apps.pipeline.registry.heartbeats import Registry
from apps.pipeline.registry.wanted_streams import WantedStreams
from apps.runtime.errors import ElasticError
from tools.bench.rig import Rig

__all__ = ["Cameras", "cameras"]

_START_SECONDS = 60.0


@dataclass(slots=True)
class Cameras:
    """A streams service and its cameras.

    Attributes:
        bench: target of the frames.
        service: process of the service.
        names: stream names in the order of their addition.
    """

    bench: Rig
    service: Child
    _logged: Sequence[str]
    names: list[str] = field(default_factory=list)
    _wanted: WantedStreams = field(init=False)
    _registry: Registry = field(init=False)

    def __post_init__(self) -> None:
        self._wanted = WantedStreams(self.bench.redis)
        self._registry = Registry(self.bench.redis, self.bench.clock)

    async def set_count(self, count: int, tasks: tuple[str, ...]) -> None:
        """Add or remove cameras and wait until all are live.

        Args:
            count: number of cameras.
            tasks: tasks that get every frame.

        Raises:
            ElasticError: The cameras do not become live; the text has the last log lines.
        """
        while len(self.names) > count:
            await self._wanted.remove(self.names.pop())
        while len(self.names) < count:
            name = f"camera-{len(self.names):03}"
            await self._wanted.add(StreamWanted(name=name, tasks=tasks, source="camera:0"))
            self.names.append(name)
        began = time.monotonic()
        while await self._live() != {stream_id.join(n, task) for n in self.names for task in tasks}:
            if time.monotonic() - began > _START_SECONDS:
                raise ElasticError(f"Cameras did not become live: {' | '.join(self._logged[-5:])}")
            await asyncio.sleep(0.1)

    async def dropped(self) -> dict[str, int]:
        """Frames dropped before the push, by stream id."""
        infos = await self._registry.streams()
        return {info.id: sum(info.dropped.values()) for info in infos}

    async def _live(self) -> set[str]:
        infos = await self._registry.streams()
        return {info.id for info in infos if info.state is SourceState.LIVE and info.pushed}


@asynccontextmanager
async def cameras(
    bench: Rig, film: Path, cores: frozenset[int], options: Sequence[str] = ()
) -> AsyncIterator[Cameras]:
    """Start a streams service without cameras.

    Args:
        bench: target of the frames.
        film: video that every camera plays at its own rate.
        cores: processors of the service.
        options: further command-line options.
    """
    logged: list[str] = []

    def note(_: str, line: LogLine) -> None:
        logged.append(f"{line.level}: {line.text}")

    service = Child(
        "streams", "apps.streams",
        ("--follow", "true", "--camera-path", str(film), "--metrics-port", "0", *options),
        bench.environment, note, cores,
    )  # fmt: skip
    await service.start()
    try:
        yield Cameras(bench, service, logged)
    finally:
        await service.stop()
