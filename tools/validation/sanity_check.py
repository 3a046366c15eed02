"""Check of the detections: none in empty pictures, few false ones."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from apps.pipeline.messages import Detection
from apps.vision.image import Picture
from tools.evaluation.classes import Classes
from tools.validation.finding import CheckResult, good, note, problem
from tools.validation.probe import Probe, detections
from tools.validation.scene import LabelledPicture, best_match

__all__ = ["check_sanity"]

#: A box with a smaller IoU to every object is false.
_TOUCHES = 0.3
#: Shares of false boxes from which there is a problem, and from which they are mentioned.
_BROKEN, _MANY = 0.6, 0.3
#: Minimum number of boxes for a meaningful share.
_ENOUGH = 8


def check_sanity(
    probe: Probe, pictures: Sequence[LabelledPicture], classes: Classes
) -> Iterator[CheckResult]:
    """Run the model with its own threshold, as the pipeline does."""
    engine, threshold = probe.engine(), probe.manifest.score_threshold
    invented, in_noise = detections(engine, _plain()), detections(engine, [_noise()])
    found = [(one, box) for one in pictures for box in engine.infer(one.picture)]
    engine.close()
    yield from _of_nothing(invented, in_noise)
    yield from _of_scores([box.score for _, box in found])
    known = {thing.label for one in pictures for thing in one.things}
    boxes = [(one, box) for one, box in found if classes.of(box.label) in known]
    if not boxes:
        yield note("boxes", f"none above the threshold of {threshold} in {len(pictures)} pictures")
        return
    false = sum(best_match(box, one.things)[1] < _TOUCHES for one, box in boxes)
    share, text = false / len(boxes), f"{false} of {len(boxes)} boxes are false"
    if len(boxes) >= _ENOUGH and share > _BROKEN:
        yield problem(
            "boxes",
            f"{text}: the file is broken, or score_threshold: {threshold} is far too low for it",
        )
    elif len(boxes) >= _ENOUGH and share > _MANY:
        yield note("boxes", f"{text}; a higher score_threshold than {threshold} may help")
    else:
        yield good("boxes", f"{text}, on {len(pictures)} pictures")


def _plain() -> list[Picture]:
    """Empty pictures: black, grey and white."""
    return [Picture.of(np.full((480, 640, 3), value, np.uint8)) for value in (0, 128, 255)]


def _noise() -> Picture:
    return Picture.of(np.random.default_rng(7).integers(0, 256, (480, 640, 3), np.uint8))


def _of_nothing(
    invented: Sequence[Detection], in_noise: Sequence[Detection]
) -> Iterator[CheckResult]:
    if len(invented) > 2:
        yield problem(
            "nothing",
            f"{len(invented)} detections in black, grey and white pictures: the file is "
            "broken, or its score_threshold is far too low",
        )
    elif invented or in_noise:
        count = len(invented) + len(in_noise)
        yield note("nothing", f"{count} detections in empty pictures or noise")
    else:
        yield good("nothing", "no detections in empty pictures")


def _of_scores(scores: Sequence[float]) -> Iterator[CheckResult]:
    if len(scores) >= _ENOUGH and max(scores) - min(scores) < 1e-3:
        yield problem("scores", f"all are {scores[0]:.3f}: another output contains the scores")
    elif scores:
        yield good("scores", f"from {min(scores):.2f} to {max(scores):.2f}")
