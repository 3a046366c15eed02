"""The command line of the local runner."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

__all__ = ["LocalRun", "parse_arguments"]

ROOT = Path(__file__).resolve().parents[2]

_EXAMPLES = """examples:
  run-local.sh                                    a drawn street, our own detector
  run-local.sh --task people street.mp4           people in a video file
  run-local.sh --task face camera:0               faces before the first webcam
  run-local.sh --task car rtsp://user:pw@cam/live cars of an IP camera
  run-local.sh --task face --task people a.mp4    both tasks on one video
  run-local.sh --config streams.yaml              many streams, each with its tasks
"""


@dataclass(frozen=True)
class LocalRun:
    """What one run of the local system is to do.

    Attributes:
        sources: addresses as `apps.streams` understands them; empty for a sample.
        tasks: task names.
        models: folder with model files; None for the project's own.
        port: of the gateway; 0 for any that is free.
        min_workers: per task; None for the HPA manifest's.
        max_workers: all tasks together; None for what the cores allow.
        cores_per_worker: cores that each worker owns for life.
        duration: seconds to run; None until stopped.
        config: YAML file of streams.
        hpa: the HPA manifest that says target, limits and behaviour.
        time_scale: every time of the HPA is divided by it.
        model: one model for all tasks instead of their own.
        host: address of the gateway; beyond loopback it asks for a token.
        targets: file for Prometheus' file_sd, written while it runs; None for none.
        mirror: folder or address that has models instead of their official addresses.
        verbose: show what the services log, not only their warnings.
    """

    sources: tuple[str, ...] = ()
    tasks: tuple[str, ...] = ()
    models: Path | None = None
    port: int = 8080
    min_workers: int | None = None
    max_workers: int | None = None
    cores_per_worker: int = 1
    duration: float | None = None
    config: Path | None = None
    hpa: Path = field(default=ROOT / "kubernetes" / "scaling" / "hpa.yaml")
    time_scale: float = 1.0
    model: str = ""
    host: str = "127.0.0.1"
    targets: Path | None = None
    mirror: str = ""
    verbose: bool = False


def parse_arguments(argv: Sequence[str]) -> LocalRun:
    """What the command line asks for; ends the process with one line when it makes no sense."""
    parser = _parser()
    found = parser.parse_args(argv)
    if found.config is not None and not found.config.is_file():
        parser.error(f"--config {found.config}: there is no such file")
    if found.models is not None and not found.models.is_dir():
        parser.error(f"--models {found.models}: there is no such folder")
    if None not in {found.min_workers, found.max_workers} and found.min_workers > found.max_workers:
        parser.error("--min-workers is larger than --max-workers")
    values = {name: value for name, value in vars(found).items() if value is not None}
    values["sources"] = tuple(values.pop("source"))
    values["tasks"] = tuple(dict.fromkeys(values.pop("task", ())))
    return LocalRun(**values)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="run-local.sh",
        description="The whole system on this machine: streams, workers that come and go with "
        "the load, and the dashboard.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument(
        "source",
        nargs="*",
        metavar="SOURCE",
        help="what to look at: camera:0, a video file, a folder of pictures, rtsp://…, http://… or "
        "synthetic:street; a sample if none is named",
    )
    add = parser.add_argument
    add("--task", action="append", metavar="T", help="what to look for (people); again for more")
    add("--models", type=Path, metavar="DIR", help="folder with model files (models/)")
    add("--model", metavar="M", help="use this model, such as yolox-nano/FP32 (the task's best)")
    add("--port", type=_port, metavar="P", help="of the dashboard (8080; 0 for any)")
    add("--host", metavar="H", help="address of the dashboard (127.0.0.1)")
    add("--min-workers", type=_count, metavar="N", help="per task (the HPA manifest's)")
    add("--max-workers", type=_count, metavar="N", help="in all (what the cores allow)")
    add("--cores-per-worker", type=_count, metavar="N", help="that each worker owns (1)")
    add("--duration", type=_number, metavar="S", help="seconds to run (until stopped)")
    add("--config", type=Path, metavar="FILE", help="YAML file of streams")
    add("--hpa", type=Path, metavar="FILE", help="HPA manifest to follow")
    add(
        "--time-scale",
        type=_number,
        metavar="K",
        help="divide every time of the HPA by K (1), to see in minutes what takes an hour",
    )
    add("--targets", type=Path, metavar="FILE", help="write Prometheus' targets there")
    add("--mirror", metavar="DIR|URL", help="where models are fetched (their official addresses)")
    add("--verbose", action="store_true", help="show everything that the services log")
    return parser


def _count(text: str) -> int:
    if not (text.isdecimal() and int(text) >= 1):
        raise argparse.ArgumentTypeError(f"{text}: write a whole number of 1 or more")
    return int(text)


def _port(text: str) -> int:
    if not (text.isdecimal() and int(text) <= 65535):
        raise argparse.ArgumentTypeError(f"{text} is not a port: write a number up to 65535")
    return int(text)


def _number(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not 0 < value < float("inf"):
        raise argparse.ArgumentTypeError(f"{text}: write a number above 0")
    return value
