"""Downloads models and sample videos from their official addresses or from a mirror.

    tools/download-models.sh                          the best model of every task
    tools/download-models.sh --task people --task car the models of these tasks
    tools/download-models.sh --model yolox-nano       one model in all precisions
    tools/download-models.sh --task face --precision FP32
    tools/download-models.sh --videos                 sample videos
    tools/download-models.sh --list                   all models, and which are downloaded
    tools/download-models.sh --mirror /media/usb      on a machine without internet

Each file is verified with the checksum in models/<name>/model.yaml. An interrupted download
resumes. EI_MODELS_MIRROR sets the default of --mirror.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

from apps.local.models.download import WantedFile, fetch
from apps.local.models.model_files import (
    ModelChoice,
    choose,
    load_videos,
    model_files,
    video_file,
)
from apps.runtime.errors import DownloadError, ElasticError
from apps.vision.models.catalogue import MODELS, load_tasks
from apps.vision.models.manifest import load_manifests

ROOT = Path(__file__).resolve().parents[2]

VIDEOS = ROOT / "tools" / "sample-videos.yaml"

_BAR = 24


class Bar:
    """A progress bar on a terminal; prints nothing elsewhere."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._shown = -1

    def __call__(self, done: int, total: int) -> None:
        """Show the progress."""
        percent = 100 * done // total if total else 0
        if not sys.stderr.isatty() or percent == self._shown:
            return
        self._shown = percent
        filled = "#" * (_BAR * percent // 100)
        sys.stderr.write(
            f"\r[{filled:<{_BAR}}] {percent:3d} % {done / 1e6:6.1f} MB  {self._name}\x1b[K"
        )
        sys.stderr.flush()

    def close(self) -> None:
        """Clear the line."""
        if self._shown >= 0:
            sys.stderr.write("\r\x1b[K")


def main(argv: Sequence[str] | None = None) -> int:
    """Download or list; returns the exit code: 0, 1 a failed download, 2 a wrong option."""
    arguments = _parser().parse_args(argv)
    try:
        if arguments.list:
            _list(arguments.to, arguments.videos_to)
            return 0
        wanted = _wanted(arguments)
    except ElasticError as error:
        print(error, file=sys.stderr)
        return 2
    return _fetch_all(wanted)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="download-models.sh",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add(
        "--task",
        action="append",
        default=[],
        metavar="T",
        help="models of this task; repeat for more",
    )
    add("--model", action="append", default=[], metavar="NAME", help="one model; repeat for more")
    add(
        "--precision",
        action="append",
        default=[],
        metavar="P",
        help="FP32, FP16 or FP16-INT8; repeat for more",
    )
    add("--all", action="store_true", help="all models in all precisions")
    add("--videos", action="store_true", help="sample videos, to sample-videos/")
    add("--list", action="store_true", help="list all models and videos, and which are downloaded")
    add("--mirror", default=os.environ.get("EI_MODELS_MIRROR", ""), metavar="DIR|URL",
        help="folder or address with the files")  # fmt: skip
    add("--to", type=Path, default=MODELS, metavar="DIR", help="folder for models (models/)")
    add("--videos-to", type=Path, default=ROOT / "sample-videos", metavar="DIR",
        help="folder for videos (sample-videos/)")  # fmt: skip
    return parser


def _wanted(arguments: argparse.Namespace) -> list[WantedFile]:
    mirror = _checked(arguments.mirror)
    tasks, models = arguments.task, arguments.model
    if arguments.all:
        models = list(load_manifests(MODELS))
    elif not tasks and not models and not arguments.videos:
        tasks = list(load_tasks(MODELS / "tasks.yaml"))
    wanted = [
        file
        for choice in choose(tasks, models, [] if arguments.all else arguments.precision)
        for file in model_files(choice, arguments.to, mirror)
    ]
    if arguments.videos:
        wanted += [video_file(video, arguments.videos_to, mirror) for video in load_videos(VIDEOS)]
    return wanted


def _checked(mirror: str) -> str:
    """The mirror as a full path or an address.

    Raises:
        DownloadError: it is neither a folder nor an http or https address.
    """
    if not mirror or mirror.startswith(("http://", "https://")):
        return mirror
    path = Path(mirror).expanduser()
    if "://" in mirror or not path.is_dir():
        raise DownloadError(f"{mirror} is not a mirror: name a folder, or an http or https address")
    return str(path.resolve())


def _fetch_all(wanted: Iterable[WantedFile]) -> int:
    failed = fetched = 0
    for file in wanted:
        name = "/".join(file.target.parts[-3:])
        if file.is_there():
            continue
        bar = Bar(name)
        try:
            fetch(file, bar)
            bar.close()
            unverified = "" if file.sha256 else ", not verified because it has no checksum"
            print(f"{name}: {file.target.stat().st_size / 1e6:.1f} MB{unverified}")
            fetched += 1
        except DownloadError as error:
            bar.close()
            print(error, file=sys.stderr)
            failed += 1
    if not failed:
        print(
            f"{fetched} files fetched; everything is downloaded"
            if fetched
            else "everything is downloaded"
        )
    return 1 if failed else 0


def _list(folder: Path, videos_folder: Path) -> None:
    tasks = load_tasks(MODELS / "tasks.yaml")
    for name, manifest in load_manifests(MODELS).items():
        for precision, entries in manifest.precisions.items():
            files = model_files(ModelChoice(manifest, precision), folder, "")
            serves = [t for t, task in tasks.items() if f"{name}/{precision}" in task.candidates]
            size = sum(entry.size for entry in entries) / 1e6
            state = "shipped" if manifest.ships(precision) else _state(files)
            print(f"{state:8} {size:6.1f} MB  {name}/{precision}  {', '.join(serves)}")
    for video in load_videos(VIDEOS):
        files = [video_file(video, videos_folder, "")]
        print(f"{_state(files):8} {video.size / 1e6:6.1f} MB  {video.file}  {video.shows}")


def _state(files: Sequence[WantedFile]) -> str:
    if all(file.is_there() for file in files):
        return "here"
    return "damaged" if all(file.target.exists() for file in files) else "-"


if __name__ == "__main__":
    try:
        sys.exit(main())
    except BrokenPipeError:  # as in --list | head
        os._exit(0)
    except KeyboardInterrupt:
        print("\nStopped; the next run continues from here.", file=sys.stderr)
        sys.exit(130)
