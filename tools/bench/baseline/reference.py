"""The baselines of a worker, in a separate process on the worker's core.

`python -m tools.bench.baseline.reference TASK MODEL FOLDER...` compiles the model once and then
serves requests on standard input: primitives alone, in-process loop, previous design.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import msgspec

from apps.local.processes.child import die_with_parent
from apps.runtime.cpu_quota import allowed_cores
from apps.runtime.errors import ElasticError, ModelError
from apps.vision.models.catalogue import StoredModel, resolve
from apps.vision.models.openvino_adapter import CompileOptions, InferenceAdapter
from tools.bench.baseline.old_way import old_way
from tools.bench.baseline.primitives import Floor, ModelPictures, floor, in_process_loop
from tools.bench.context import BenchModel, Context
from tools.bench.load import WorkerSample
from tools.bench.processes import on_cores

__all__ = ["Reference", "reference"]


class _Asked(msgspec.Struct, frozen=True):
    what: Literal["floor", "loop", "old"]
    jpegs: list[bytes]
    seconds: float
    socket: str = ""


class _Answer(msgspec.Struct, frozen=True):
    floor: Floor | None = None
    frames: int = 0
    cpu: float = 0.0
    wall: float = 0.0


@dataclass(frozen=True, slots=True)
class Reference:
    """Client of the reference process."""

    process: asyncio.subprocess.Process

    async def floor(self, jpegs: Sequence[bytes], seconds: float) -> Floor:
        """Measure decode, resize and infer separately.

        Raises:
            ElasticError: The process failed.
        """
        found = (await self._ask(_Asked("floor", list(jpegs), seconds))).floor
        assert found is not None  # noqa: S101 - that is what was asked
        return found

    async def loop(self, jpegs: Sequence[bytes], seconds: float) -> WorkerSample:
        """Measure asynchronous decoding and inference in one process without a queue.

        Raises:
            ElasticError: The process failed.
        """
        answer = await self._ask(_Asked("loop", list(jpegs), seconds))
        return WorkerSample(answer.frames, answer.cpu, answer.wall)

    async def old_way(self, socket: str, jpegs: Sequence[bytes], seconds: float) -> WorkerSample:
        """Measure the previous design on a list of the Redis behind the socket.

        Raises:
            ElasticError: The process failed.
        """
        answer = await self._ask(_Asked("old", list(jpegs[:1]), seconds, socket))
        return WorkerSample(answer.frames, answer.cpu, answer.wall)

    async def _ask(self, asked: _Asked) -> _Answer:
        assert self.process.stdin is not None  # noqa: S101 - we asked for the pipes
        assert self.process.stdout is not None  # noqa: S101 - we asked for the pipes
        message = msgspec.msgpack.encode(asked)
        self.process.stdin.write(len(message).to_bytes(8) + message)
        await self.process.stdin.drain()
        answer = await self.process.stdout.readline()
        if not answer:
            raise ElasticError("The reference process failed; see the lines above")
        return msgspec.json.decode(answer, type=_Answer)


@asynccontextmanager
async def reference(
    context: Context, subject: BenchModel, cores: frozenset[int]
) -> AsyncIterator[Reference]:
    """Start the process on these cores, with its model compiled for them."""
    process = await asyncio.create_subprocess_exec(
        *on_cores(cores), sys.executable, "-m", "tools.bench.baseline.reference",
        subject.task, subject.model, *map(str, context.models),
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, preexec_fn=die_with_parent,
    )  # fmt: skip
    try:
        assert process.stdout is not None  # noqa: S101 - we asked for the pipe
        await process.stdout.readline()  # ready; before that it uses time of those cores
        yield Reference(process)
    finally:
        assert process.stdin is not None  # noqa: S101 - we asked for the pipe
        process.stdin.close()
        await process.wait()


class _Inside:
    """The work inside the process."""

    def __init__(self, task: str, model: str, folders: Sequence[Path]) -> None:
        resolved = resolve(task, folders, model=model)
        if not isinstance(resolved, StoredModel):
            raise ModelError(f"{model or task}: Only a single model can be compared")
        threads = max(1, round(allowed_cores()))
        compilation = CompileOptions(threads=threads, run_precision=resolved.run_precision)
        self._manifest = resolved.manifest
        self._compiled = InferenceAdapter(
            self._manifest, resolved.precision, resolved.paths[0], compilation
        ).compiled

    def answer(self, asked: _Asked) -> _Answer:
        if asked.what == "old":
            found = old_way(asked.socket, self._compiled, self._manifest, asked.seconds)
            return _Answer(None, *found)
        pictures = ModelPictures(asked.jpegs, self._manifest)
        if asked.what == "loop":
            return _Answer(None, *in_process_loop(pictures, self._compiled, asked.seconds))
        return _Answer(floor(pictures, self._compiled, asked.seconds))


def main() -> int:
    """Serve requests until standard input ends."""
    task, model, *folders = sys.argv[1:]
    try:
        inside = _Inside(task, model, [Path(folder) for folder in folders])
    except ElasticError as error:
        print(f"bench: {error}", file=sys.stderr)
        return 2
    print("ready", flush=True)
    while head := sys.stdin.buffer.read(8):
        asked = msgspec.msgpack.decode(sys.stdin.buffer.read(int.from_bytes(head)), type=_Asked)
        sys.stdout.write(msgspec.json.encode(inside.answer(asked)).decode() + "\n")
        sys.stdout.flush()
    return 0


if __name__ == "__main__":
    sys.exit(main())
