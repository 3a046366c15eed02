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

    task: str = setting("face", "Task whose frames are inferred; models/tasks.yaml has the list.")
    model: str = setting(
        "", "Model to use instead of the task's own: <model>/<precision>, or stub:slots=2,ms=50."
    )
    models: tuple[str, ...] = setting((), "Folders that hold model files; models/ is tried last.")
    device: str = setting("CPU", "Device of OpenVINO: CPU, GPU, AUTO, ….")
    cores: float = setting(
        0.0, "CPU time to use; 0 for the quota of the control group.", unit="cores", low=0
    )
    slots: int = setting(0, "Inference requests in flight; 0 for the device's choice.", low=0)
    cache_dir: str = setting("", "Where compiled models are kept; empty for nowhere.")
    freshness: float = setting(
        2.0, "A frame older than this is dropped, not inferred.", unit="seconds", low=0.01
    )
    max_pixels: int = setting(
        50_000_000, "Pictures with more pixels are not decoded.", unit="pixels", low=1
    )
    lease: float = setting(
        10.0, "Silence after which the queue gives this worker up.", unit="seconds", low=1
    )
    job_share: float = setting(
        0.3, "Share of the worker's time for jobs while live frames wait too.", low=0.0, high=1.0
    )
    metrics_host: str = setting("127.0.0.1", "Address of the port for health and metrics.")
    metrics_port: int = setting(8000, "Port for health and metrics; 0 for none.", high=65535)
    log_level: str = setting(
        "INFO", "Least level that is logged.", choices=("DEBUG", "INFO", "WARNING", "ERROR")
    )
    live: LiveSettings = field(default_factory=LiveSettings)
    jobs: JobSettings = field(default_factory=JobSettings)
    queue: QueueSettings = field(default_factory=QueueSettings)
