"""Settings of the gateway."""

from __future__ import annotations

from dataclasses import dataclass, field

from apps.pipeline.job_queue.settings import JobSettings
from apps.pipeline.live_queue.settings import LiveSettings
from apps.runtime.settings import QueueSettings, setting

__all__ = ["GatewaySettings"]


@dataclass(frozen=True)
class GatewaySettings:
    """One gateway: its address, sign-in methods and bounds."""

    gateway_host: str = setting(
        "127.0.0.1", "Address to listen on; beyond loopback a token or a user is required."
    )
    gateway_port: int = setting(8080, "Port to listen on.", low=1, high=65535)
    gateway_token_file: str = setting(
        "", "File with the token of admins; empty for a random one, if one is required."
    )
    users_file: str = setting(
        "", "YAML file of users, roles and password hashes; empty for none. See docs/security.md."
    )
    origins: tuple[str, ...] = setting(
        (), "Other origins whose pages may use the gateway, such as https://a.example."
    )
    session_hours: float = setting(
        168.0, "How long a browser stays signed in.", unit="hours", low=0.01, high=8760
    )
    dashboard: str = setting(
        "", "Folder of the built dashboard; empty for spa/dist beside the apps folder."
    )
    tasks: tuple[str, ...] = setting(
        (), "Tasks that are listed and swept even before their first use."
    )
    allow_addresses: tuple[str, ...] = setting(
        (), "Hosts and networks (CIDR) that streams may open although they are local to a machine."
    )
    uploads_dir: str = setting(
        "", "Folder for uploaded videos, shared with the streams service; empty to refuse uploads."
    )
    upload_bytes: int = setting(256 << 20, "Largest uploaded video.", unit="bytes", low=1024)
    uploads_bytes: int = setting(2 << 30, "All uploaded videos together.", unit="bytes", low=1024)
    infer_timeout: float = setting(
        10.0, "Time limit for the inference of one picture.", unit="seconds", low=0.1, high=300
    )
    scrape_interval: float = setting(
        5.0, "Prometheus' scrape interval of workers; a worker counts after two of these.",
        unit="seconds", low=0.1, high=300,
    )  # fmt: skip
    metrics_host: str = setting("127.0.0.1", "Address of the port for health and metrics.")
    metrics_port: int = setting(8001, "Port for health and metrics; 0 for none.", high=65535)
    log_level: str = setting(
        "INFO", "Lowest level that is logged.", choices=("DEBUG", "INFO", "WARNING", "ERROR")
    )
    live: LiveSettings = field(default_factory=LiveSettings)
    jobs: JobSettings = field(default_factory=JobSettings)
    queue: QueueSettings = field(default_factory=QueueSettings)
