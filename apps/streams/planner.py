"""Turns settings and requests into stream plans."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from dataclasses import dataclass

from apps.pipeline.live_queue.settings import Policy
from apps.pipeline.registry.control import StreamWanted, TrialAsked
from apps.runtime.errors import SettingsError, SourceError
from apps.streams.capture.stop_signal import StopSignal
from apps.streams.settings import StreamsSettings
from apps.streams.source import Source, SourceOptions
from apps.streams.source_spec import SourceSpec, parse_source
from apps.streams.sources.factory import source_of
from apps.streams.stream_plan import StreamPlan
from apps.vision.picture_size import parse_size
from apps.vision.video.picture import PictureForm, RawPicture

__all__ = ["StreamPlanner"]

#: The person who starts the process may open every address that the machine can reach.
_EVERYWHERE = ("0.0.0.0/0", "::/0")


@dataclass(frozen=True)
class _InvalidSource:
    """A `Source` whose address is invalid: the stream runs and reports the reason."""

    reason: str
    live = True

    def check(self) -> None:
        raise SourceError(self.reason)

    def pictures(self, stop: StopSignal) -> Iterator[RawPicture]:  # noqa: ARG002 - the protocol's
        raise SourceError(self.reason)


class StreamPlanner:
    """Makes stream plans from the settings of this process."""

    def __init__(self, settings: StreamsSettings) -> None:
        """Create it.

        Raises:
            SettingsError: the size is malformed.
        """
        try:
            width, height = parse_size(settings.size)
        except SourceError as error:
            raise SettingsError(f"EI_SIZE: {error}") from error
        self._settings = settings
        self.form = PictureForm(width, height, settings.quality)

    def configured(self) -> StreamPlan:
        """The stream that the settings define.

        Raises:
            SourceError: its source is malformed, or a file does not exist.
        """
        spec = parse_source(self._settings.source)
        source = source_of(spec, self._options(self._settings.fps, _EVERYWHERE))
        source.check()
        name = self._settings.stream_name or f"{socket.gethostname()}-{spec.default_name}"
        return self._plan(name, self._settings.tasks, source, spec, self._settings.fps)

    def requested(self, wanted: StreamWanted) -> StreamPlan:
        """The stream that was added at run time; an invalid source is reported while it runs."""
        fps = wanted.fps or self._settings.fps
        try:
            spec = parse_source(wanted.source)
        except SourceError as error:
            return self._plan(wanted.name, wanted.tasks, _InvalidSource(str(error)), None, fps)
        source = source_of(spec, self._options(fps, wanted.allow))
        return self._plan(wanted.name, wanted.tasks, source, spec, fps)

    def trial(self, asked: TrialAsked) -> Source:
        """The source of a trial.

        Raises:
            SourceError: it is malformed, or a file does not exist.
        """
        source = source_of(parse_source(asked.source), self._options(0.0, asked.allow))
        source.check()
        return source

    def _options(self, fps: float, allow: tuple[str, ...]) -> SourceOptions:
        return SourceOptions(
            fps=fps, width=self.form.width, height=self.form.height, loop=self._settings.loop,
            allow=allow, camera_path=self._settings.camera_path,
        )  # fmt: skip

    def _plan(
        self, name: str, tasks: tuple[str, ...], source: Source, spec: SourceSpec | None, fps: float
    ) -> StreamPlan:
        return StreamPlan(
            name=name, tasks=tasks, source=source,
            shown=spec.shown if spec else "", kind=spec.kind if spec else "",
            fps=fps, form=self.form, policy=Policy(self._settings.policy),
        )  # fmt: skip
