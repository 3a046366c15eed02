"""A real worker with a recording engine: it notes every frame it holds, infers and settles.

    python -m tests.integration.pipeline.recording_worker NOTES MUTANT [flags of the service]

MUTANT is a name of `mutants.py`, or empty.
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
from tests.integration.pipeline.mutants import infect
from tests.integration.pipeline.notes import Notebook


class RecordingEngine:
    """A stub that notes the number of every picture that it has inferred."""

    def __init__(self, stub: StubEngine, notebook: Notebook) -> None:
        self._stub = stub
        self._notebook = notebook
        self.info = stub.info

    def prepare(self, picture: Picture) -> PreparedPicture:
        """As the stub."""
        return self._stub.prepare(picture)

    def start(self, prepared: PreparedPicture, done: Done) -> None:
        """As the stub, and note the number before anybody hears of the answer."""
        picture = prepared.picture

        def note(outputs: Outputs | Exception) -> None:
            self._notebook.inferred(number_of_size(picture.original_width, picture.original_height))
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


def noting_consumer(notebook: Notebook) -> type[FrameConsumer]:
    """A consumer that notes what it holds before anybody works on it, and what it will settle."""

    class NotingConsumer(FrameConsumer):
        async def exchange(self, wanted: int, publish: Sequence[tuple[str, bytes]] = ()) -> Batch:
            batch = await super().exchange(wanted, publish)
            notebook.popped(batch.frames)
            return batch

        def settle(self, ticket: Ticket, outcome: str | DropReason) -> None:
            name = f"dropped|{outcome}" if isinstance(outcome, DropReason) else outcome
            notebook.settled(ticket, name)
            super().settle(ticket, outcome)

    return NotingConsumer


def main(notes: str, mutant: str, *flags: str) -> int:
    """Serve as the inference service does."""
    notebook = Notebook(Path(notes))

    def load_engine(resolved: ResolvedModel, compilation: CompileOptions) -> RecordingEngine:  # noqa: ARG001 - a stub is not compiled
        assert isinstance(resolved, StubSpec)
        return RecordingEngine(StubEngine(resolved), notebook)

    with pytest.MonkeyPatch.context() as patch:
        if mutant:
            infect(patch, mutant)
        patch.setattr(service, "load_engine", load_engine)
        patch.setattr(service, "FrameConsumer", noting_consumer(notebook))
        patch.setattr(sys, "argv", [sys.argv[0], *flags])
        return entry.main()


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
