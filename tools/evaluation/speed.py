"""Speed of a model on this machine: each step on one core, and frames per second on all cores.

Steps are measured as CPU time of this process, which other load affects little. Frames per second
are measured as wall time, which other load does affect.
"""

from __future__ import annotations

import statistics
import threading
import time
from collections.abc import Sequence
from itertools import pairwise

from msgspec import Struct

from apps.runtime import cpu_quota
from apps.runtime.errors import ModelError
from apps.vision.image import Picture, decode
from apps.vision.models.engine import Engine, Outputs, PreparedPicture
from apps.vision.models.openvino_adapter import CompileOptions
from tools.evaluation.candidate import Candidate

__all__ = ["Speed", "measure_speed"]


class Speed(Struct, frozen=True):
    """Speed of a model.

    Attributes:
        picture: size of the pictures, pixels.
        decode_ms: JPEG to pixels at the scale that the model needs: processor time on one core, as
            median; 0 for an embedder, whose pictures are cut out of decoded ones.
        prepare_ms: pixels to the model's input; the same.
        infer_ms: input to outputs, one thread of the device; the same.
        parse_ms: outputs to detections; the same.
        threads: of the device, for the frames per second.
        frames_per_second: of inference alone, asynchronous, inputs prepared beforehand.
    """

    picture: str
    decode_ms: float
    prepare_ms: float
    infer_ms: float
    parse_ms: float
    threads: int
    frames_per_second: float


def measure_speed(candidate: Candidate, pictures: Sequence[bytes], seconds: float) -> Speed:
    """Measure a model on some pictures.

    Args:
        candidate: the model.
        pictures: JPEG or PNG, at least one.
        seconds: duration of each of the two measurements.

    Raises:
        ModelError: The device failed.
    """
    engine = candidate.engine(CompileOptions(threads=1, slots=1))
    decoding, preparing, inferring, parsing = (
        round(1000 * step, 3) for step in _one_by_one(engine, pictures, seconds)
    )
    engine.close()
    threads = cpu_quota.threads()
    engine = candidate.engine(CompileOptions(threads=threads))
    rate = _all_at_once(engine, pictures, seconds)
    shown = decode(pictures[0])
    return Speed(
        picture=f"{shown.original_width}x{shown.original_height}",
        decode_ms=0.0 if candidate.embeds else decoding,
        prepare_ms=preparing,
        infer_ms=inferring,
        parse_ms=parsing,
        threads=threads,
        frames_per_second=round(rate, 1),
    )


def _one_by_one(engine: Engine, pictures: Sequence[bytes], seconds: float) -> list[float]:
    """Median seconds of processor time for decode, prepare, infer and parse."""
    engine.warm_up()
    times: list[list[float]] = []
    end = time.perf_counter() + seconds
    while time.perf_counter() < end or not times:
        times.append(_steps(engine, pictures[len(times) % len(pictures)]))
    return [statistics.median(column) for column in zip(*times, strict=True)]


def _steps(engine: Engine, data: bytes) -> list[float]:
    marks = [time.process_time()]
    picture = _decoded(engine, data)
    marks.append(time.process_time())
    prepared = engine.prepare(picture)
    marks.append(time.process_time())
    outputs = _run(engine, prepared)
    marks.append(time.process_time())
    engine.parse(outputs, prepared)
    marks.append(time.process_time())
    return [after - before for before, after in pairwise(marks)]


def _decoded(engine: Engine, data: bytes) -> Picture:
    info = engine.info
    return decode(data, width=info.width, height=info.height, inside=info.inside)


def _run(engine: Engine, prepared: PreparedPicture) -> Outputs:
    answers: list[Outputs | Exception] = []
    answered = threading.Event()

    def done(answer: Outputs | Exception) -> None:
        answers.append(answer)
        answered.set()

    engine.start(prepared, done)
    answered.wait()
    if isinstance(answers[0], Exception):
        raise ModelError(str(answers[0])) from answers[0]
    return answers[0]


def _all_at_once(engine: Engine, pictures: Sequence[bytes], seconds: float) -> float:
    """Answers per second while every slot is kept busy; closes the engine."""
    prepared = [engine.prepare(_decoded(engine, data)) for data in pictures]
    engine.warm_up()
    started, failed = 0, threading.Event()

    def done(answer: Outputs | Exception) -> None:
        if isinstance(answer, Exception):
            failed.set()

    began = time.perf_counter()
    while time.perf_counter() - began < seconds:
        engine.start(prepared[started % len(prepared)], done)
        started += 1
    engine.close()
    if failed.is_set():
        raise ModelError(f"{engine.info.model}: the device failed while it was timed")
    return started / (time.perf_counter() - began)
