"""The real streams service, with recordings in the place of cameras: added and removed at will."""

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
    """A streams service and the cameras that it was asked for.

    Attributes:
        bench: where their frames go.
        service: its process.
        names: of the streams, in the order in which they came.
    """

    bench: Rig
    service: Child
    _said: Sequence[str]
    names: list[str] = field(default_factory=list)
    _wanted: WantedStreams = field(init=False)
    _registry: Registry = field(init=False)

    def __post_init__(self) -> None:
        self._wanted = WantedStreams(self.bench.redis)
        self._registry = Registry(self.bench.redis, self.bench.clock)

    async def be(self, count: int, tasks: tuple[str, ...]) -> None:
        """Let there be so many, all live.

        Args:
            count: of cameras.
            tasks: that get every frame.

        Raises:
            ElasticError: they do not come alive; the text has what the service logged.
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
                raise ElasticError(f"cameras did not come alive: {' | '.join(self._said[-5:])}")
            await asyncio.sleep(0.1)

    async def dropped(self) -> dict[str, int]:
        """Frames that each stream dropped before they could be pushed, by stream id."""
        infos = await self._registry.streams()
        return {info.id: sum(info.dropped.values()) for info in infos}

    async def _live(self) -> set[str]:
        infos = await self._registry.streams()
        return {info.id for info in infos if info.state is SourceState.LIVE and info.pushed}


@asynccontextmanager
async def cameras(
    bench: Rig, film: Path, cores: frozenset[int], options: Sequence[str] = ()
) -> AsyncIterator[Cameras]:
    """A streams service without cameras yet.

    Args:
        bench: where frames go.
        film: what every camera sees, at the rate that it has.
        cores: of the service.
        options: further ones of its command line.
    """
    said: list[str] = []

    def note(_: str, line: LogLine) -> None:
        said.append(f"{line.level}: {line.text}")

    service = Child(
        "streams", "apps.streams",
        ("--follow", "true", "--camera-path", str(film), "--metrics-port", "0", *options),
        bench.environment, note, cores,
    )  # fmt: skip
    await service.start()
    try:
        yield Cameras(bench, service, said)
    finally:
        await service.stop()
