"""A real worker that logs every frame that it pops, infers or settles.

    python -m tests.integration.pipeline.recording_worker LOG MUTANT [flags of the service]

LOG is the file to write; MUTANT is a name in `mutants.py`, or empty.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from apps.inference import __main__ as entry
from apps.inference import service
from apps.pipeline.live_queue.frame_consumer import Batch, FrameConsumer, Ticket
from apps.pipeline.messages import Detection, DropReason
from apps.vision.image import Picture
from apps.vision.models.catalogue import ResolvedModel
from apps.vision.models.engine import Done, Outputs, PreparedPicture
from apps.vision.models.openvino_adapter import CompileOptions
from apps.vision.models.stub import StubEngine, StubSpec
from tests.integration.pipeline.frame_number import number_of_size
from tests.integration.pipeline.mutants import apply_mutant
from tests.integration.pipeline.worker_log import WorkerLogWriter


class RecordingEngine:
    """A stub engine that logs the number of every picture that it infers."""

    def __init__(self, stub: StubEngine, log_writer: WorkerLogWriter) -> None:
        self._stub = stub
        self._log = log_writer
        self.info = stub.info

    def prepare(self, picture: Picture) -> PreparedPicture:
        """As the stub."""
        return self._stub.prepare(picture)

    def start(self, prepared: PreparedPicture, done: Done) -> None:
        """Start the stub, and log the number before the result is reported."""
        picture = prepared.picture

        def note(outputs: Outputs | Exception) -> None:
            self._log.inferred(number_of_size(picture.original_width, picture.original_height))
            done(outputs)

        self._stub.start(prepared, note)

    def parse(self, outputs: Outputs, prepared: PreparedPicture) -> tuple[Detection, ...]:
        """As the stub."""
        return self._stub.parse(outputs, prepared)

    def infer(self, picture: Picture) -> tuple[Detection, ...]:
        """As the stub."""
        return self._stub.infer(picture)

    def warm_up(self) -> None:
        """As the stub."""

    def close(self) -> None:
        """As the stub."""
        self._stub.close()


def logging_consumer(log_writer: WorkerLogWriter) -> type[FrameConsumer]:
    """A consumer that logs popped frames before they are used, and settlements in advance."""

    class LoggingConsumer(FrameConsumer):
        async def exchange(self, wanted: int, publish: Sequence[tuple[str, bytes]] = ()) -> Batch:
            batch = await super().exchange(wanted, publish)
            log_writer.popped(batch.frames)
            return batch

        def settle(self, ticket: Ticket, outcome: str | DropReason) -> None:
            name = f"dropped|{outcome}" if isinstance(outcome, DropReason) else outcome
            log_writer.settled(ticket, name)
            super().settle(ticket, outcome)

    return LoggingConsumer


def main(log: str, mutant: str, *flags: str) -> int:
    """Run the inference service."""
    log_writer = WorkerLogWriter(Path(log))

    def load_engine(resolved: ResolvedModel, compilation: CompileOptions) -> RecordingEngine:  # noqa: ARG001 - a stub is not compiled
        assert isinstance(resolved, StubSpec)
        return RecordingEngine(StubEngine(resolved), log_writer)

    with pytest.MonkeyPatch.context() as patch:
        if mutant:
            apply_mutant(patch, mutant)
        patch.setattr(service, "load_engine", load_engine)
        patch.setattr(service, "FrameConsumer", logging_consumer(log_writer))
        patch.setattr(sys, "argv", [sys.argv[0], *flags])
        return entry.main()


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
