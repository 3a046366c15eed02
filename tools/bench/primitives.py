"""The work that no system can save: decode, resize and infer, each alone, on the core it is given.

Started as a process of its own, `python -m tools.bench.primitives SUBJECT MODEL FOLDER...`: it
compiles the model once as a worker would, then answers lines on standard input, each the path of
a file of frames and seconds, with a line of core-seconds per frame.
"""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import cv2
import msgspec
import numpy as np

from apps.local.child import die_with_parent
from apps.pipeline.cpu_quota import allowed_cores
from apps.pipeline.errors import ElasticError, ModelError
from apps.vision.image import decode
from apps.vision.models.catalogue import StoredModel, resolve
from apps.vision.models.openvino_adapter import Compilation, InferenceAdapter
from tools.bench.context import Context, Subject

__all__ = ["Floor", "Primitives", "primitives"]

#: Parts of the time that go to decoding, resizing and inferring.
_SHARES = (0.4, 0.15, 0.45)
_REDUCED = {
    1: cv2.IMREAD_COLOR,
    2: cv2.IMREAD_REDUCED_COLOR_2,
    4: cv2.IMREAD_REDUCED_COLOR_4,
    8: cv2.IMREAD_REDUCED_COLOR_8,
}


class Floor(msgspec.Struct, frozen=True):
    """Core-seconds per frame of each primitive, measured alone."""

    decode: float
    resize: float
    infer: float

    @property
    def cost(self) -> float:
        """The limit: their sum."""
        return self.decode + self.resize + self.infer


class _Asked(msgspec.Struct, frozen=True):
    jpegs: list[bytes]
    seconds: float


@dataclass(slots=True)
class Primitives:
    """The process that measures them."""

    process: asyncio.subprocess.Process

    async def measure(self, jpegs: Sequence[bytes], seconds: float) -> Floor:
        """One sample on these frames.

        Raises:
            ElasticError: the process failed.
        """
        assert self.process.stdin is not None  # noqa: S101 - we asked for the pipes
        assert self.process.stdout is not None  # noqa: S101 - we asked for the pipes
        asked = msgspec.msgpack.encode(_Asked(list(jpegs), seconds))
        self.process.stdin.write(len(asked).to_bytes(8) + asked)
        await self.process.stdin.drain()
        answer = await self.process.stdout.readline()
        if not answer:
            raise ElasticError("the primitives could not be measured; the lines above say why")
        return msgspec.json.decode(answer, type=Floor)


@asynccontextmanager
async def primitives(context: Context, subject: Subject) -> AsyncIterator[Primitives]:
    """The process, with its model compiled for the worker's core."""
    process = await asyncio.create_subprocess_exec(
        "taskset", "--cpu-list", ",".join(map(str, context.worker_core)),
        sys.executable, "-m", "tools.bench.primitives", subject.task, subject.model,
        *map(str, context.models),
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, preexec_fn=die_with_parent,
    )  # fmt: skip
    try:
        yield Primitives(process)
    finally:
        assert process.stdin is not None  # noqa: S101 - we asked for the pipe
        process.stdin.close()
        await process.wait()


class _Bench:
    """Inside the process."""

    def __init__(self, task: str, model: str, folders: Sequence[Path]) -> None:
        resolved = resolve(task, folders, model=model)
        if not isinstance(resolved, StoredModel):
            raise ModelError(f"{model or task}: only a single model has a floor")
        threads = max(1, round(allowed_cores()))
        compilation = Compilation(threads=threads, run_precision=resolved.run_precision)
        adapter = InferenceAdapter(
            resolved.manifest, resolved.precision, resolved.paths[0], compilation
        )
        self._input = resolved.manifest.input
        self._request = adapter.compiled.create_infer_request()

    def floor(self, asked: _Asked) -> Floor:
        """Decode, resize and infer these frames, one after the other and each alone."""
        wanted, inside = self._input, self._input.resize == "letterbox"
        raw = [np.frombuffer(jpeg, np.uint8) for jpeg in asked.jpegs]
        picture = decode(asked.jpegs[0], width=wanted.width, height=wanted.height, inside=inside)
        flag = _REDUCED[round(picture.original_width / picture.pixels.shape[1])]
        decoded = [np.asarray(cv2.imdecode(data, flag)) for data in raw]
        size = (wanted.width, wanted.height)
        tensors = [cv2.resize(pixels, size)[np.newaxis] for pixels in decoded]
        on_decode, on_resize, on_infer = (asked.seconds * share for share in _SHARES)
        return Floor(
            decode=_cost(on_decode, lambda at: cv2.imdecode(raw[at], flag), len(raw)),
            resize=_cost(on_resize, lambda at: cv2.resize(decoded[at], size), len(raw)),
            infer=_cost(on_infer, lambda at: self._infer(tensors[at]), len(raw)),
        )

    def _infer(self, tensor: np.ndarray) -> None:
        self._request.infer(tensor, share_inputs=True, share_outputs=True)


def _cost(seconds: float, work: Callable[[int], object], count: int) -> float:
    """CPU time of the process per call, over at least `seconds` and in whole rounds of frames."""
    for at in range(count):
        work(at)
    calls, cpu, began = 0, time.process_time(), time.monotonic()
    while time.monotonic() - began < seconds:
        for at in range(count):
            work(at)
        calls += count
    return (time.process_time() - cpu) / calls


def main() -> int:
    """Answer until standard input ends."""
    task, model, *folders = sys.argv[1:]
    try:
        bench = _Bench(task, model, [Path(folder) for folder in folders])
    except ElasticError as error:
        print(f"bench: {error}", file=sys.stderr)
        return 2
    while head := sys.stdin.buffer.read(8):
        asked = msgspec.msgpack.decode(sys.stdin.buffer.read(int.from_bytes(head)), type=_Asked)
        sys.stdout.write(msgspec.json.encode(bench.floor(asked)).decode() + "\n")
        sys.stdout.flush()
    return 0


if __name__ == "__main__":
    sys.exit(main())
