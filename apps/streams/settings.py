"""Settings of the streams service."""

from __future__ import annotations

from dataclasses import dataclass, field

from apps.pipeline.live_queue.settings import LiveSettings, Policy
from apps.runtime.settings import QueueSettings, setting
from apps.streams.source_spec import CAMERA_PATH

__all__ = ["StreamsSettings"]


@dataclass(frozen=True)
class StreamsSettings:
    """Which pictures become frames, of what form, and for which tasks."""

    source: str = setting(
        "",
        "camera:0, a video file, a folder of pictures, rtsp://…, http://… or synthetic:pattern.",
    )
    stream_name: str = setting("", "Name of the stream; empty for <host>-<source>.")
    tasks: tuple[str, ...] = setting(("face",), "Tasks that get every frame of the source.")
    follow: bool = setting(
        False,  # noqa: FBT003 - a default, not a flag
        "Run the streams that are added through the gateway; one process of an installation does.",
    )
    fps: float = setting(
        0.0, "Pictures per second at most; a film of fewer is played faster, folders and scenes "
        "give exactly so many; 0 for the source's own.", unit="1/s", low=0, high=1000,
    )  # fmt: skip
    size: str = setting(
        "", "Largest picture, such as 640x480: larger ones are made smaller, in proportion."
    )
    quality: int = setting(85, "Of JPEGs that have to be encoded.", low=1, high=100)
    loop: bool = setting(True, "Play files and folders again and again.")  # noqa: FBT003 - as above
    policy: str = setting(
        Policy.OLDEST.value,
        "A full queue drops its oldest frame, the newest, or blocks: then files wait.",
        choices=tuple(policy.value for policy in Policy),
    )
    camera_path: str = setting(
        CAMERA_PATH,
        "Where camera {index} is; a FIFO or a file of JPEGs there stands in for a camera.",
    )
    metrics_host: str = setting("127.0.0.1", "Address of the port for health and metrics.")
    metrics_port: int = setting(8002, "Port for health and metrics; 0 for none.", high=65535)
    log_level: str = setting(
        "INFO", "Least level that is logged.", choices=("DEBUG", "INFO", "WARNING", "ERROR")
    )
    live: LiveSettings = field(default_factory=LiveSettings)
    queue: QueueSettings = field(default_factory=QueueSettings)
