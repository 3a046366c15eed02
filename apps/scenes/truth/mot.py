"""Ground truth in the MOTChallenge format: `gt/gt.txt` and `seqinfo.ini`.

One line is frame, identity, left, top, width, height, flag, class, visibility. Frames and pixels
count from 1. The flag is 0 for things that a tracker need not find: riders (class 2), and hidden
things.
"""

from __future__ import annotations

from collections.abc import Iterator

from apps.scenes.truth.ground_truth import HIDDEN, GroundTruth, SubjectTruth
from apps.scenes.world.mover import Label

__all__ = ["mot_lines", "sequence_info"]

#: Numbers of the MOTChallenge classes, which end at 12; 13 stands for cones.
_CLASSES = {Label.PERSON: 1, Label.VEHICLE: 3, Label.BIKE: 4, Label.CONE: 13}
_RIDER = 2


def mot_lines(truth: GroundTruth) -> Iterator[str]:
    """The lines of one picture, each with a line break."""
    for subject in truth.subjects:
        yield _line(truth, subject)


def sequence_info(name: str, truth: GroundTruth, *, fps: float, frames: int) -> str:
    """The text of `seqinfo.ini`.

    Args:
        name: of the sequence.
        truth: of one of its pictures.
        fps: frames per second.
        frames: number of pictures.
    """
    return (
        "[Sequence]\n"
        f"name={name}\nimDir=img1\nframeRate={fps:g}\nseqLength={frames}\n"
        f"imWidth={truth.width}\nimHeight={truth.height}\nimExt=.jpg\n"
    )


def _line(truth: GroundTruth, subject: SubjectTruth) -> str:
    x_min, y_min, x_max, y_max = subject.box
    left, top = x_min * truth.width + 1, y_min * truth.height + 1
    width, height = (x_max - x_min) * truth.width, (y_max - y_min) * truth.height
    counts = not subject.riding and subject.visibility >= HIDDEN
    number = _RIDER if subject.riding else _CLASSES[subject.label]
    return (
        f"{truth.frame + 1},{subject.identity},{left:.2f},{top:.2f},{width:.2f},{height:.2f},"
        f"{int(counts)},{number},{subject.visibility:.3f}\n"
    )
