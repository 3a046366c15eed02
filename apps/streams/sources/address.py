"""Network cameras and servers: RTSP over TCP, MJPEG and other video over HTTP.

Before libav opens the address, a short test connection shows whether the host answers. A camera
that is away is noticed within `_CONNECT_SECONDS` instead of libav's much longer timeout, so its
return is noticed quickly. Forbidden addresses are refused before any data is sent to them.
"""

from __future__ import annotations

import socket
from collections.abc import Iterator, Sequence

from av.container import InputContainer
from av.video.stream import VideoStream

from apps.runtime import addresses
from apps.runtime.errors import SourceError
from apps.runtime.monotonic import monotonic_us
from apps.streams.capture.rate import longest_silence
from apps.streams.capture.stop_signal import StopSignal
from apps.streams.source_spec import AddressSpec
from apps.streams.sources.backlog import Backlog
from apps.vision.video.demux import OpenOptions, open_container, timed_pictures
from apps.vision.video.picture import RawPicture

__all__ = ["AddressSource"]

#: Protocols that an address, and every address inside its playlists, may use: never `file`.
_PROTOCOLS = {"rtsp": "rtsp,rtp,tcp,tls", "http": "http,https,tcp,tls,crypto"}
_CONNECT_SECONDS = 1.2
_OPEN_SECONDS = 8.0
#: Requests per second to an address that returns one picture.
_USUAL_SNAPSHOTS = 1.0


class AddressSource:
    """A camera or server on the network; the address of a single picture is polled."""

    live = True

    def __init__(self, spec: AddressSpec, *, allow: Sequence[str] = (), fps: float = 0.0) -> None:
        """`allow` lists hosts and networks that may be opened although they are local.

        A camera with a low `fps` may be silent for longer.
        """
        self._spec = spec
        self._allow = allow
        self._silence = longest_silence(fps)
        self._snapshot_seconds = 1.0 / (fps or _USUAL_SNAPSHOTS)

    def check(self) -> None:
        """See `Source`: the address may answer later, so nothing is checked."""

    def pictures(self, stop: StopSignal) -> Iterator[RawPicture]:
        """See `Source`."""
        while not stop.requested:
            self._check_host()
            with open_container(self._opening()) as (container, stream):
                one_picture = container.format.name.endswith("_pipe")
                yield from self._read(container, stream, stop)
            if not one_picture and not stop.requested:
                raise SourceError(f"{self._spec.shown}: the stream ended")
            stop.wait(self._snapshot_seconds)

    def _read(
        self, container: InputContainer, stream: VideoStream, stop: StopSignal
    ) -> Iterator[RawPicture]:
        backlog = Backlog()
        for timed in timed_pictures(container, stream, self._silence):
            if stop.requested:
                return
            yield timed.picture
            if self._spec.kind == "rtsp":
                backlog.arrived(timed.seconds, timed.picture.captured_monotonic_us)
                # decoding only key frames is fast; the next key frame may take long to come
                stream.codec_context.skip_frame = "NONKEY" if backlog.late else "DEFAULT"
                stop.silent_on_purpose = backlog.late

    def _opening(self) -> OpenOptions:
        options = {
            "timeout": str(int(self._silence * 1e6)),  # of each socket operation, microseconds
            "fpsprobesize": "0",  # the rate is not needed, and probing it takes seconds
        }
        if self._spec.kind == "rtsp":
            options["rtsp_transport"] = "tcp"
        else:
            # the target of a redirect would not be checked
            options["max_redirects"] = "0"
        return OpenOptions(
            self._spec.url,
            self._spec.shown,
            protocols=_PROTOCOLS[self._spec.kind],
            options=options,
            open_seconds=_OPEN_SECONDS,
            read_seconds=self._silence,
            io_hint="it could not be read; redirects are not followed: write the final address",
        )

    def _check_host(self) -> None:
        """Check that the address is allowed and that the host accepts connections.

        Raises:
            SourceError: the name is unknown, the address is forbidden, or the host does not answer.
        """
        host, port = addresses.host_and_port(self._spec.url)
        ips = addresses.resolve(host, port)
        if reason := addresses.refusal(host, ips, self._allow):
            raise SourceError(reason)
        cause: OSError | None = None
        until = monotonic_us() + int(2 * _CONNECT_SECONDS * 1e6)
        for ip in ips:
            if cause is not None and monotonic_us() > until:
                break
            try:
                with socket.create_connection((ip, port), timeout=_CONNECT_SECONDS):
                    return
            except OSError as error:
                cause = error
        reason = (cause.strerror or "no answer").lower() if cause else "no answer"
        raise SourceError(f"{self._spec.shown}: {reason}") from cause
