"""Network cameras and servers: RTSP over TCP, MJPEG and other video over HTTP.

Before libav opens the address, one short connection finds out whether anybody is there: a camera
that is away is noticed within `_CONNECT_SECONDS` instead of libav's whole patience, so that one
that comes back is seen at once; and addresses that must not be opened are refused before anything
is sent to them.
"""

from __future__ import annotations

import socket
from collections.abc import Iterator, Sequence

from av.container import InputContainer
from av.video.stream import VideoStream

from apps.runtime import addresses
from apps.runtime.errors import SourceError
from apps.runtime.monotonic import monotonic_us
from apps.streams.rate import longest_silence
from apps.streams.source_spec import AddressSpec
from apps.streams.sources.backlog import Backlog
from apps.streams.stop_sign import StopSign
from apps.vision.video.demux import OpenOptions, open_container, timed_pictures
from apps.vision.video.picture import RawPicture

__all__ = ["AddressSource"]

#: Protocols that an address, and whatever it refers to, may use: never `file`.
_PROTOCOLS = {"rtsp": "rtsp,rtp,tcp,tls", "http": "http,https,tcp,tls,crypto"}
_CONNECT_SECONDS = 1.2
_OPEN_SECONDS = 8.0
#: Pictures per second of an address that gives one at a time.
_USUAL_SNAPSHOTS = 1.0


class AddressSource:
    """A camera or server of the network; an address of one picture is asked again and again."""

    live = True

    def __init__(self, spec: AddressSpec, *, allow: Sequence[str] = (), fps: float = 0.0) -> None:
        """Make it.

        Args:
            spec: the address.
            allow: hosts and networks that may be opened although they are local to this machine.
            fps: pictures per second that are wanted; a slow camera may be silent for longer.
        """
        self._spec = spec
        self._allow = allow
        self._silence = longest_silence(fps)
        self._snapshot_seconds = 1.0 / (fps or _USUAL_SNAPSHOTS)

    def check(self) -> None:
        """See `Source`: an address may answer later, so there is nothing to check."""

    def pictures(self, stop: StopSign) -> Iterator[RawPicture]:
        """See `Source`."""
        while not stop.raised:
            self._knock()
            with open_container(self._opening()) as (container, stream):
                one_picture = container.format.name.endswith("_pipe")
                yield from self._read(container, stream, stop)
            if not one_picture and not stop.raised:
                raise SourceError(f"{self._spec.shown}: it ended")
            stop.rest(self._snapshot_seconds)

    def _read(
        self, container: InputContainer, stream: VideoStream, stop: StopSign
    ) -> Iterator[RawPicture]:
        backlog = Backlog()
        for timed in timed_pictures(container, stream, self._silence):
            if stop.raised:
                return
            yield timed.picture
            if self._spec.kind == "rtsp":
                backlog.arrived(timed.seconds, timed.picture.captured_monotonic_us)
                # what is not decoded does not fall behind; the next key picture may take long
                stream.codec_context.skip_frame = "NONKEY" if backlog.late else "DEFAULT"
                stop.resting = backlog.late

    def _opening(self) -> OpenOptions:
        options = {
            "timeout": str(int(self._silence * 1e6)),  # each answer of the socket, microseconds
            "fpsprobesize": "0",  # the rate is not needed, and finding it out takes seconds
        }
        if self._spec.kind == "rtsp":
            options["rtsp_transport"] = "tcp"
        else:
            # where a redirect leads was not looked at
            options["max_redirects"] = "0"
        return OpenOptions(
            self._spec.url,
            self._spec.shown,
            protocols=_PROTOCOLS[self._spec.kind],
            options=options,
            open_seconds=_OPEN_SECONDS,
            read_seconds=self._silence,
            io_hint="it could not be read; a redirect is not followed: write where it leads",
        )

    def _knock(self) -> None:
        """See who is there, and that somebody answers.

        Raises:
            SourceError: the name is unknown, the address must not be opened, or nobody answers.
        """
        host, port = addresses.host_and_port(self._spec.url)
        numbers = addresses.resolve(host, port)
        if reason := addresses.refusal(host, numbers, self._allow):
            raise SourceError(reason)
        why: OSError | None = None
        until = monotonic_us() + int(2 * _CONNECT_SECONDS * 1e6)
        for number in numbers:
            if why is not None and monotonic_us() > until:
                break
            try:
                with socket.create_connection((number, port), timeout=_CONNECT_SECONDS):
                    return
            except OSError as error:
                why = error
        words = "no answer" if why is None or why.strerror is None else why.strerror.lower()
        raise SourceError(f"{self._spec.shown}: {words}") from why
