"""Settings of the inference service."""

from __future__ import annotations

from dataclasses import dataclass, field

from apps.pipeline.job_queue.settings import JobSettings
from apps.pipeline.live_queue.settings import LiveSettings
from apps.runtime.settings import QueueSettings, setting

__all__ = ["InferenceSettings"]


@dataclass(frozen=True)
class InferenceSettings:
    """Settings of one worker: its task, model, device and limits."""

    task: str = setting("face", "Task to serve; models/tasks.yaml lists all tasks.")
    model: str = setting(
        "", "Model to use instead of the task's: <model>/<precision>, or stub:slots=2,ms=50."
    )
    models: tuple[str, ...] = setting((), "Folders with model files; models/ is searched last.")
    device: str = setting("CPU", "OpenVINO device: CPU, GPU, AUTO, ….")
    cores: float = setting(
        0.0, "CPU cores to use; 0 for the quota of the control group.", unit="cores", low=0
    )
    slots: int = setting(
        0, "Maximum number of running inference requests; 0 for the device's choice.", low=0
    )
    cache_dir: str = setting("", "Folder for compiled models; empty for no cache.")
    freshness: float = setting(
        2.0, "Maximum age of a frame; older frames are dropped.", unit="seconds", low=0.01
    )
    max_pixels: int = setting(
        50_000_000,
        "Maximum number of pixels; larger pictures are not decoded.",
        unit="pixels",
        low=1,
    )
    lease: float = setting(
        10.0,
        "Time without contact after which the lease of this worker expires.",
        unit="seconds",
        low=1,
    )
    job_share: float = setting(
        0.3, "Share of the worker's time for jobs while live frames wait.", low=0.0, high=1.0
    )
    metrics_host: str = setting("127.0.0.1", "Address of the port for health and metrics.")
    metrics_port: int = setting(8000, "Port for health and metrics; 0 for none.", high=65535)
    log_level: str = setting(
        "INFO", "Lowest level that is logged.", choices=("DEBUG", "INFO", "WARNING", "ERROR")
    )
    live: LiveSettings = field(default_factory=LiveSettings)
    jobs: JobSettings = field(default_factory=JobSettings)
    queue: QueueSettings = field(default_factory=QueueSettings)
