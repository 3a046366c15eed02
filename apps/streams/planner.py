"""From what people and the gateway ask for to what a stream is made of."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from dataclasses import dataclass

from apps.pipeline.live_queue.settings import Policy
from apps.pipeline.registry.control import StreamWanted, TrialAsked
from apps.runtime.errors import SettingsError, SourceError
from apps.streams.settings import StreamsSettings
from apps.streams.source import Source, Wish
from apps.streams.source_spec import SourceSpec, parse_source
from apps.streams.sources.factory import source_of
from apps.streams.stop_sign import StopSign
from apps.streams.stream import StreamPlan
from apps.streams.stream_set import StreamSet
from apps.vision.picture_size import parse_size
from apps.vision.video.picture import PictureForm, RawPicture

__all__ = ["Planner"]

#: Whoever starts the process may open what the machine can reach.
_EVERYWHERE = ("0.0.0.0/0", "::/0")


@dataclass(frozen=True)
class _Unreadable:
    """A `Source` that was asked for and makes no sense: a stream that says so."""

    reason: str
    live = True

    def check(self) -> None:
        raise SourceError(self.reason)

    def pictures(self, stop: StopSign) -> Iterator[RawPicture]:  # noqa: ARG002 - the protocol's
        raise SourceError(self.reason)


class Planner:
    """Makes stream plans within the settings of this process."""

    def __init__(self, settings: StreamsSettings, streams: StreamSet) -> None:
        """Make it.

        Raises:
            SettingsError: the size is not a size.
        """
        try:
            width, height = parse_size(settings.size)
        except SourceError as error:
            raise SettingsError(f"EI_SIZE: {error}") from error
        self._settings = settings
        self._streams = streams
        self.form = PictureForm(width, height, settings.quality)

    def own(self) -> StreamPlan:
        """The stream that the settings name.

        Raises:
            SourceError: its source is no source, or a file that is not there.
        """
        spec = parse_source(self._settings.source)
        source = source_of(spec, self._wish(self._settings.fps, _EVERYWHERE))
        source.check()
        name = self._settings.stream_name or f"{socket.gethostname()}-{spec.default_name}"
        return self._plan(name, self._settings.tasks, source, spec, self._settings.fps)

    def wanted(self, wanted: StreamWanted) -> StreamPlan:
        """The stream that somebody asked for; one that cannot work says so while it runs.

        Raises:
            WireError: a task's name is malformed.
        """
        fps = wanted.fps or self._settings.fps
        try:
            spec = parse_source(wanted.source)
        except SourceError as error:
            return self._plan(wanted.name, wanted.tasks, _Unreadable(str(error)), None, fps)
        source = source_of(spec, self._wish(fps, wanted.allow))
        return self._plan(wanted.name, wanted.tasks, source, spec, fps)

    def tried(self, asked: TrialAsked) -> Source:
        """The source that somebody wants to see a picture of.

        Raises:
            SourceError: it is no source, or a file that is not there.
        """
        source = source_of(parse_source(asked.source), self._wish(0.0, asked.allow))
        source.check()
        return source

    def _wish(self, fps: float, allow: tuple[str, ...]) -> Wish:
        return Wish(
            fps=fps, width=self.form.width, height=self.form.height, loop=self._settings.loop,
            allow=allow, camera_path=self._settings.camera_path,
        )  # fmt: skip

    def _plan(
        self,
        name: str,
        tasks: tuple[str, ...],
        source: Source,
        spec: SourceSpec | None,
        fps: float,
    ) -> StreamPlan:
        policy = Policy(self._settings.policy)
        return StreamPlan(
            name=name, source=source, pushes=self._streams.pushes(tasks, policy),
            shown=spec.shown if spec else "", kind=spec.kind if spec else "",
            fps=fps, form=self.form, policy=policy,
        )  # fmt: skip
