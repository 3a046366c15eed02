"""Check of the labels against class numbers and truth."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence

from tools.evaluation.classes import Classes
from tools.validation.finding import CheckResult, good, note, problem
from tools.validation.probe import Probe
from tools.validation.scene import SAME, LabelledPicture, best_match

__all__ = ["check_labels"]

#: Minimum number of boxes, and their minimum score, to judge a class.
_ENOUGH, _SCORE = 5, 0.3
#: Share of boxes on objects of one other class from which a label is wrong.
_MOSTLY = 0.6
#: Score from which a class number without a label is reported.
_SURE = 0.5


def check_labels(
    probe: Probe, pictures: Sequence[LabelledPicture], classes: Classes
) -> Iterator[CheckResult]:
    """Compare the numbers that come out with the labels, and the labels with the truth."""
    labels = probe.manifest.labels
    seen = probe.numbers([one.picture for one in pictures])
    unnamed = sorted(n for n, score in seen.items() if n not in labels and score >= _SURE)
    if unnamed:
        numbers = ", ".join(f"{number} (up to {seen[number]:.2f})" for number in unnamed)
        yield problem(
            "labels", f"it answers with class {numbers}, which has no label: there are {labels}"
        )
    silent = [f"{number}: {labels[number]}" for number in labels if number not in seen]
    if silent and len(labels) <= 10:
        yield note("labels", f"no picture made it answer with {', '.join(silent)}")
    right = _what_they_are(probe, pictures)
    wrong = {n: name for n, name in right.items() if classes.of(labels.get(n, "")) != name}
    if wrong:
        called = ", ".join(f"{n} is called {labels.get(n, 'nothing')}" for n in sorted(wrong))
        really = ", ".join(f"{n}: {name}" for n, name in sorted(wrong.items()))
        yield problem("labels", f"{called}, but its boxes are on other things: write {really}")
    elif right and not unnamed:
        names = ", ".join(sorted(set(right.values())))
        yield good("labels", f"{len(labels)} labels; boxes are on what they say: {names}")


def _what_they_are(probe: Probe, pictures: Sequence[LabelledPicture]) -> dict[int, str]:
    """The class on whose things most boxes of a number lie, where there are enough of them."""
    names = {number: str(number) for number in {*probe.manifest.labels, *range(100)}}
    engine = probe.least(_SCORE).engine(names)
    lies_on: dict[int, Counter[str]] = defaultdict(Counter)
    for one in pictures:
        for found in engine.infer(one.picture):
            thing, same = best_match(found, one.things)
            if thing is not None and same >= SAME:
                lies_on[int(found.label)][thing.label] += 1
    engine.close()
    right = {}
    for number, counts in lies_on.items():
        (name, count), total = counts.most_common(1)[0], counts.total()
        if total >= _ENOUGH and count >= _MOSTLY * total:
            right[number] = name
    return right
