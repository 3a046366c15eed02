"""Everything that defines a stream, as one value."""

from __future__ import annotations

from dataclasses import dataclass, field

from apps.pipeline.live_queue.settings import Policy
from apps.streams.source import Source
from apps.vision.video.picture import PictureForm

__all__ = ["StreamPlan"]


@dataclass(frozen=True)
class StreamPlan:
    """Everything that defines a stream.

    Attributes:
        name: stream name.
        tasks: task names; each task gets every frame.
        source: of the frames.
        shown: the source's address without credentials.
        kind: of the source, as in `StreamInfo`.
        fps: largest rate of a live source, frames per second; 0 for every frame.
        form: of the frames.
        policy: what to do when a queue is full.
    """

    name: str
    tasks: tuple[str, ...]
    source: Source
    shown: str = ""
    kind: str = ""
    fps: float = 0.0
    form: PictureForm = field(default_factory=PictureForm)
    policy: Policy = Policy.OLDEST
