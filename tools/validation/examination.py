"""All checks of one precision of a model, in order."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from apps.pipeline.messages import Result
from apps.runtime.errors import ElasticError
from apps.vision.models.files import find_files
from apps.vision.models.manifest import ModelManifest
from tools.evaluation.classes import Classes
from tools.evaluation.recognition_accuracy import measure_recognition
from tools.evaluation.sample import LabelledData
from tools.validation.files_check import check_files
from tools.validation.finding import CheckResult, Verdict, note
from tools.validation.labels_check import check_labels
from tools.validation.load_check import check_load
from tools.validation.preprocessing_check import check_preprocessing
from tools.validation.probe import Probe
from tools.validation.sanity_check import check_sanity
from tools.validation.scene import LabelledPicture, Remembered, average_precision, labelled

__all__ = ["Examination"]

#: Maximum number of pictures of each data set.
_MOST = 3
#: Average precision needs detections with low scores as well.
_LEAST_SCORE = 0.02


@dataclass(frozen=True)
class Examination:
    """Checks of a model.

    Attributes:
        manifest: manifest of the model.
        folders: folders with model files, searched in order.
        data: labelled pictures.
        classes: equivalent names.
        threads: threads of the device.
    """

    manifest: ModelManifest
    folders: Sequence[Path]
    data: Sequence[LabelledData]
    classes: Classes
    threads: int = 1

    def findings(self, precision: str) -> Iterator[CheckResult]:
        """Check one precision; checks that are impossible after a problem are skipped."""
        paths = find_files(self.manifest, precision, self.folders)
        yield from check_files(self.manifest, precision, self.folders[0], paths)
        if paths is None:
            return
        probe = Probe(self.manifest, precision, paths[0], self.threads)
        loaded = list(check_load(probe))
        yield from loaded
        if any(finding.verdict is Verdict.PROBLEM for finding in loaded):
            return
        if self.manifest.family == "embedding":
            yield from self._embedder(probe)
        elif self.manifest.family == "landmarks":
            yield note("accuracy", "landmarks are not measured: inspect some pictures")
        else:
            yield from self._detector(probe)

    def pictures(self, precision: str) -> Iterator[Result]:
        """Some pictures with the detections above the threshold."""
        paths = find_files(self.manifest, precision, self.folders)
        if paths is None or self.manifest.family in {"embedding", "landmarks"}:
            return
        engine = Probe(self.manifest, precision, paths[0], self.threads).engine()
        for one in self._labelled[::_MOST]:
            yield Result(
                stream="", task="", sequence=0, epoch=0, captured_at=0, inferred_at=0,
                width=one.sample.width, height=one.sample.height, model=self.manifest.name,
                precision=precision, device="",
                detections=engine.infer(one.picture), jpeg=one.sample.data,
            )  # fmt: skip
        engine.close()

    @cached_property
    def _labelled(self) -> list[LabelledPicture]:
        labels = list(self.manifest.labels.values())
        return labelled(self.data, labels, self.classes, _MOST)

    def _detector(self, probe: Probe) -> Iterator[CheckResult]:
        pictures = self._labelled
        if not pictures:
            names = ", ".join(self.manifest.labels.values())
            yield note("accuracy", f"no picture shows {names}: name labelled ones with --data")
            return
        yield from check_labels(probe, pictures, self.classes)

        def measure(variant: Probe) -> float:
            engine = variant.least(_LEAST_SCORE).engine()
            found = average_precision(engine, pictures)
            engine.close()
            return found

        yield from check_preprocessing(probe, measure, "AP50")
        yield from check_sanity(probe, pictures, self.classes)

    def _embedder(self, probe: Probe) -> Iterator[CheckResult]:
        data = [Remembered(piece) for piece in self.data]

        def measure(variant: Probe) -> float:
            engine = variant.engine()
            found = measure_recognition(engine, data, "the data", self.classes)
            engine.close()
            return found.mean_ap

        try:
            yield from check_preprocessing(probe, measure, "mean average precision")
        except ElasticError as error:
            yield note("accuracy", f"{error}")
