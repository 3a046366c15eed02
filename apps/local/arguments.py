"""The command line of the local runner."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

__all__ = ["LocalRun", "parse_arguments"]

ROOT = Path(__file__).resolve().parents[2]

_EXAMPLES = """examples:
  run-local.sh                                    a synthetic street, the included detector
  run-local.sh --task people street.mp4           people in a video file
  run-local.sh --task face camera:0               faces in the first webcam
  run-local.sh --task car rtsp://user:pw@cam/live cars in an IP camera
  run-local.sh --task face --task people a.mp4    both tasks on one video
  run-local.sh --config streams.yaml              many streams, each with its tasks
"""


@dataclass(frozen=True)
class LocalRun:
    """Options of one run of the local system."""

    #: addresses in the form that `apps.streams` accepts; empty for a sample
    sources: tuple[str, ...] = ()
    tasks: tuple[str, ...] = ()  #: task names
    models: Path | None = None  #: folder with model files; None for the project's `models/`
    port: int = 8080  #: port of the gateway; 0 for any free port
    min_workers: int | None = None  #: minimum per task; None for the value of the HPA manifest
    #: maximum for all tasks together; None for the number that the cores allow
    max_workers: int | None = None
    cores_per_worker: int = 1  #: cores that each worker is bound to until it ends
    duration: float | None = None  #: seconds to run; None to run until stopped
    config: Path | None = None  #: YAML file of streams
    #: HPA manifest with target, limits and behaviour
    hpa: Path = field(default=ROOT / "kubernetes" / "scaling" / "hpa.yaml")
    time_scale: float = 1.0  #: divisor of every period of the HPA
    model: str = ""  #: one model for all tasks; empty for the default model of each task
    host: str = "127.0.0.1"  #: address of the gateway; any address but loopback requires a token
    #: file for Prometheus' file_sd, kept up to date during the run; None for none
    targets: Path | None = None
    #: folder or address to download models from instead of their official addresses
    mirror: str = ""
    verbose: bool = False  #: show all log lines of the services, not only warnings


def parse_arguments(argv: Sequence[str]) -> LocalRun:
    """Parse the command line; invalid options end the process with one line on standard error."""
    parser = _parser()
    found = parser.parse_args(argv)
    if found.config is not None and not found.config.is_file():
        parser.error(f"--config {found.config}: File not found")
    if found.models is not None and not found.models.is_dir():
        parser.error(f"--models {found.models}: Folder not found")
    if None not in {found.min_workers, found.max_workers} and found.min_workers > found.max_workers:
        parser.error("--min-workers must not be larger than --max-workers")
    values = {name: value for name, value in vars(found).items() if value is not None}
    values["sources"] = tuple(values.pop("source"))
    values["tasks"] = tuple(dict.fromkeys(values.pop("task", ())))
    return LocalRun(**values)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="run-local.sh",
        description="Run the whole system on this machine: streams, workers scaled with the load, "
        "and the dashboard.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument(
        "source",
        nargs="*",
        metavar="SOURCE",
        help="camera:0, a video file, a folder of pictures, rtsp://…, http://… or synthetic:street "
        "(a sample)",
    )
    add = parser.add_argument
    add("--task", action="append", metavar="T", help="task to run (people); repeat for more")
    add("--models", type=Path, metavar="DIR", help="folder with model files (models/)")
    add("--model", metavar="M", help="model to use, such as yolox-nano/FP32 (the best of the task)")
    add("--port", type=_port, metavar="P", help="port of the dashboard (8080; 0 for any free port)")
    add("--host", metavar="H", help="address of the dashboard (127.0.0.1)")
    add(
        "--min-workers",
        type=_count,
        metavar="N",
        help="fewest workers per task (from the HPA manifest)",
    )
    add(
        "--max-workers",
        type=_count,
        metavar="N",
        help="most workers in total (what the cores allow)",
    )
    add("--cores-per-worker", type=_count, metavar="N", help="cores per worker (1)")
    add("--duration", type=_number, metavar="S", help="seconds to run (until stopped)")
    add("--config", type=Path, metavar="FILE", help="YAML file of streams")
    add(
        "--hpa",
        type=Path,
        metavar="FILE",
        help="HPA manifest to follow (kubernetes/scaling/hpa.yaml)",
    )
    add(
        "--time-scale",
        type=_number,
        metavar="K",
        help="divide every period of the HPA by K (1), to see an hour's scaling in minutes",
    )
    add("--targets", type=Path, metavar="FILE", help="file to write Prometheus' targets to")
    add("--mirror", metavar="DIR|URL", help="download models from there (their official addresses)")
    add("--verbose", action="store_true", help="show all log lines of the services")
    return parser


def _count(text: str) -> int:
    if not (text.isdecimal() and int(text) >= 1):
        raise argparse.ArgumentTypeError(f"{text}: Write a whole number of 1 or more")
    return int(text)


def _port(text: str) -> int:
    if not (text.isdecimal() and int(text) <= 65535):
        raise argparse.ArgumentTypeError(f"{text} is not a port: Write a number up to 65535")
    return int(text)


def _number(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not 0 < value < float("inf"):
        raise argparse.ArgumentTypeError(f"{text}: Write a number above 0")
    return value
