"""Pictures of a synthetic scene with ground truth, drawn on demand."""

from __future__ import annotations

from collections.abc import Iterator

from apps.runtime.errors import ElasticError
from apps.scenes.catalogue import PLANS, open_scene
from apps.scenes.spec import SyntheticSpec
from apps.scenes.truth.ground_truth import HIDDEN, GroundTruth
from apps.scenes.world.mover import Label
from apps.streams.source_spec import parse_source
from apps.vision.image import encode_jpeg
from tools.evaluation.sample import Sample, Thing

__all__ = ["DrawnScene"]

#: JPEG quality, the one that streams use.
_QUALITY = 85


class DrawnScene:
    """One camera of a scene.

    Args:
        text: such as `synthetic:street?seed=901&camera=1`.
        every: step between pictures.
        frames: number of first pictures to choose from.

    Raises:
        ElasticError: The scene or an option is unknown.
    """

    labels = frozenset(str(label) for label in Label)

    def __init__(self, text: str, *, every: int, frames: int) -> None:
        spec = parse_source(text)
        if not isinstance(spec, SyntheticSpec) or spec.scene not in PLANS:
            raise ElasticError(
                f"{text}: Not a scene with ground truth; use one of {', '.join(PLANS)}"
            )
        self.name = spec.shown.removeprefix("synthetic:")
        others = tuple(option for option in spec.options if option[0] != "camera")
        self.world = f"{spec.scene} {spec.seed} {others}"
        self._spec = spec
        self._every = every
        self._frames = frames

    def __iter__(self) -> Iterator[Sample]:
        """The pictures, in order."""
        scene = open_scene(self._spec)
        for number in range(0, self._frames, self._every):
            pixels, truth = scene.frame(number)
            yield Sample(
                name=f"{self.name} {number}",
                data=encode_jpeg(pixels, _QUALITY),
                width=truth.width,
                height=truth.height,
                things=tuple(_things(truth)),
            )


def _things(truth: GroundTruth) -> Iterator[Thing]:
    for subject in truth.subjects:
        counts = not subject.riding and subject.visibility >= HIDDEN
        yield Thing(str(subject.label), subject.box, counts, subject.identity, subject.visibility)
