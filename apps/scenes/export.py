"""Writes scenes to files: `python -m apps.scenes.export`, or `tools/make-scene.sh`.

Each scene becomes a folder with the video, the geometry of the camera, and the ground truth in
three forms: `truth.jsonl` (one line for each picture), MOTChallenge (for trackers) and COCO (for
detectors).
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from fractions import Fraction
from pathlib import Path
from typing import Any, Self

import av
import msgspec

from apps.runtime.errors import SourceError
from apps.scenes.arrays import Bytes
from apps.scenes.catalogue import PLANS, open_scene
from apps.scenes.scene import Scene
from apps.scenes.spec import SyntheticSpec, parse_scene
from apps.scenes.truth.coco import coco_file
from apps.scenes.truth.ground_truth import GroundTruth
from apps.scenes.truth.mot import mot_lines, sequence_info
from apps.vision.image import encode_jpeg

__all__ = ["VideoWriter", "export", "main"]

_USUAL_SECONDS = 20.0
_JPEG_QUALITY = 92


class VideoWriter:
    """Writes an H.264 video file; a context manager that closes the file.

    Args:
        path: of the file; its extension selects the container format.
        width: of the pictures, pixels; even.
        height: of the pictures, pixels; even.
        fps: frames per second.

    Raises:
        SourceError: the size is odd.
    """

    def __init__(self, path: Path, width: int, height: int, fps: float) -> None:
        if width % 2 or height % 2:
            raise SourceError(f"{width}x{height} is not a video size: use an even width and height")
        self._container = av.open(str(path), "w")
        self._stream: Any = self._container.add_stream(
            "libx264", rate=Fraction(fps).limit_denominator(1001)
        )
        self._stream.width, self._stream.height = width, height
        self._stream.pix_fmt = "yuv420p"
        self._stream.options = {"crf": "20", "preset": "veryfast"}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._container.mux(self._stream.encode(None))
        self._container.close()

    def add(self, pixels: Bytes) -> None:
        """Add a picture, uint8 [height, width, 3], blue-green-red."""
        frame = av.VideoFrame.from_ndarray(pixels, format="bgr24")
        self._container.mux(self._stream.encode(frame))


def export(
    spec: SyntheticSpec,
    folder: Path,
    *,
    frames: int,
    video: bool = True,
    images: bool = False,
    progress: Callable[[int], None] = lambda _: None,
) -> None:
    """Write the pictures and the ground truth of one camera into a new folder.

    Args:
        spec: of the scene.
        folder: to create.
        frames: number of pictures.
        video: write `video.mp4`.
        images: write each picture into `img1/`.
        progress: called with the number of finished pictures.

    Raises:
        SourceError: the scene does not have an option of the spec.
    """
    scene = open_scene(spec)
    (folder / "gt").mkdir(parents=True, exist_ok=True)
    if images:
        (folder / "img1").mkdir(exist_ok=True)
    truths: list[GroundTruth] = []
    with ExitStack() as files:
        lines = files.enter_context((folder / "truth.jsonl").open("wb"))
        tracks = files.enter_context((folder / "gt" / "gt.txt").open("w", encoding="ascii"))
        writer = None
        if video:
            path = folder / "video.mp4"
            writer = files.enter_context(VideoWriter(path, spec.width, spec.height, spec.fps))
        for number in range(frames):
            pixels, truth = scene.frame(number)
            truths.append(truth)
            lines.write(msgspec.json.encode(truth) + b"\n")
            tracks.writelines(mot_lines(truth))
            if writer is not None:
                writer.add(pixels)
            if images:
                name = folder / "img1" / f"{number + 1:06d}.jpg"
                name.write_bytes(encode_jpeg(pixels, _JPEG_QUALITY))
            progress(number + 1)
    _finish(folder, scene, truths)


def _finish(folder: Path, scene: Scene, truths: Sequence[GroundTruth]) -> None:
    """Write the files that describe the whole sequence."""
    info = sequence_info(folder.name, truths[0], fps=scene.fps, frames=len(truths))
    (folder / "seqinfo.ini").write_text(info, encoding="ascii")
    (folder / "instances.json").write_bytes(msgspec.json.encode(coco_file(truths)))
    geometry = msgspec.json.format(msgspec.json.encode(scene.geometry), indent=2)
    (folder / "camera.json").write_bytes(geometry + b"\n")


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; return 0 on success, 2 if a scene or option does not exist."""
    arguments = _parser().parse_args(argv)
    try:
        for text in arguments.source:
            _one(text, arguments)
    except SourceError as error:
        sys.stderr.write(f"make-scene: {error}\n")
        return 2
    return 0


def _one(text: str, arguments: argparse.Namespace) -> None:
    spec = parse_scene(text.removeprefix("synthetic:"))
    if spec.scene not in PLANS:
        raise SourceError(f"Unknown scene {text!r}: write one of {', '.join(sorted(PLANS))}")
    frames = arguments.frames or round(_USUAL_SECONDS * spec.fps)
    camera = dict(spec.options).get("camera", "0")
    folder = Path(arguments.out) / f"{spec.scene}-{spec.seed}-camera{camera}"

    def progress(done: int) -> None:
        if done % 50 == 0 or done == frames:
            sys.stderr.write(f"\r{spec.shown}: {done} of {frames} pictures")
            sys.stderr.flush()

    video = not arguments.no_video
    export(spec, folder, frames=frames, video=video, images=arguments.images, progress=progress)
    sys.stderr.write(f"\n{folder}\n")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="make-scene.sh",
        description="Draw synthetic scenes into video files with ground truth.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        epilog=_EXAMPLES,
    )
    scenes = "; ".join(f"{name}: {plan.text}" for name, plan in PLANS.items())
    parser.add_argument(
        "source",
        nargs="+",
        help=f"a scene, such as street or synthetic:street?people=12&camera=1. {scenes}.",
    )
    parser.add_argument("--out", default="scenes", metavar="DIR", help="where (default: scenes)")
    parser.add_argument(
        "--frames",
        type=_positive,
        metavar="N",
        help="number of pictures (default: 20 seconds)",
    )
    parser.add_argument("--images", action="store_true", help="also write every picture as a JPEG")
    parser.add_argument("--no-video", action="store_true", help="write no video file")
    return parser


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("Write a whole number from 1")
    return number


_EXAMPLES = """examples:
  make-scene.sh street
  make-scene.sh 'synthetic:street?seed=7&camera=0' 'synthetic:street?seed=7&camera=1'
  make-scene.sh crowd --frames 500 --images --no-video --out data
"""


if __name__ == "__main__":
    raise SystemExit(main())
