"""Settings of the streams service."""

from __future__ import annotations

from dataclasses import dataclass, field

from apps.pipeline.live_queue.settings import LiveSettings, Policy
from apps.runtime.settings import QueueSettings, setting
from apps.streams.source import CAMERA_PATH

__all__ = ["StreamsSettings"]


@dataclass(frozen=True)
class StreamsSettings:
    """The source, the form of its frames, and the tasks that get them."""

    source: str = setting(
        "",
        "Source: camera:0, a video file, a folder of pictures, rtsp://…, http://… or "
        "synthetic:pattern.",
    )
    stream_name: str = setting("", "Name of the stream; empty for <host>-<source>.")
    tasks: tuple[str, ...] = setting(("face",), "Tasks that get every frame of the source.")
    follow: bool = setting(
        False,  # noqa: FBT003 - a default, not a flag
        "Run the streams that are added through the gateway; set it in one process only.",
    )
    fps: float = setting(
        0.0, "Largest frame rate: a lower one drops frames of a video, a higher one plays it "
        "faster; folders and scenes give exactly this rate; 0 for the source's own.",
        unit="1/s", low=0, high=1000,
    )  # fmt: skip
    size: str = setting(
        "", "Largest size, such as 640x480; larger frames are scaled down proportionally."
    )
    quality: int = setting(85, "JPEG quality of frames that must be encoded.", low=1, high=100)
    loop: bool = setting(True, "Repeat files and folders endlessly.")  # noqa: FBT003 - as above
    policy: str = setting(
        Policy.OLDEST.value,
        "A full queue drops its oldest frame, drops the newest, or blocks; then files wait.",
        choices=tuple(policy.value for policy in Policy),
    )
    camera_path: str = setting(
        CAMERA_PATH, "Path of camera {index}; a FIFO or a file of JPEGs can replace the device."
    )
    metrics_host: str = setting("127.0.0.1", "Address of the port for health and metrics.")
    metrics_port: int = setting(8002, "Port for health and metrics; 0 for none.", high=65535)
    log_level: str = setting(
        "INFO", "Lowest level that is logged.", choices=("DEBUG", "INFO", "WARNING", "ERROR")
    )
    live: LiveSettings = field(default_factory=LiveSettings)
    queue: QueueSettings = field(default_factory=QueueSettings)
