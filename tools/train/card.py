"""The model card: description, training data and accuracy of a model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from tools.train.detector.average_precision import DetectorScore
from tools.train.settings import DetectorSettings, EmbedderSettings, SceneSet

__all__ = ["detector_card", "embedder_card"]


def detector_card(
    settings: DetectorSettings, scores: Mapping[str, DetectorScore], pictures: int
) -> str:
    """The card of a detector.

    Args:
        settings: that it was trained with.
        scores: by precision.
        pictures: how many they were measured on.
    """
    facts = [
        f"input: {settings.width}x{settings.height}, letterboxed, blue-green-red, 0..255",
        f"classes: {', '.join(settings.classes)}",
        "outputs: of the family `yolox`: centre, size, certainty and scores of each cell",
        f"licence: {settings.licence}",
    ]
    learnt = [_drawn(scenes) for scenes in settings.scenes]
    learnt += [f"pictures labelled in `{pictures.annotations}`" for pictures in settings.pictures]
    for clips in settings.clips:
        names = ", ".join(f"`{file}`" for file in clips.files)
        learnt.append(f"frames of {names}, labelled by agreement of {', '.join(clips.models)}")
    table = ["| AP50 | " + " | ".join(scores) + " |", "|---|" + "--:|" * len(scores)]
    for name in settings.classes:
        values = (score.ap50.get(name) for score in scores.values())
        shown = ("-" if value is None else f"{value:.3f}" for value in values)
        table.append(f"| {name} | {' | '.join(shown)} |")
    measured = (
        f"On {pictures} pictures that it did not learn from, with FP16 run in f32:"
        if pictures
        else "The settings keep no pictures apart, so nothing is known."
    )
    return _card(settings.name, settings.notes, facts, learnt, [measured, "", *table])


def embedder_card(
    settings: EmbedderSettings, ranks: Mapping[str, float], views: int, people: int
) -> str:
    """The card of an embedder.

    Args:
        settings: that it was trained with.
        ranks: share of views whose most alike view in another camera shows the same person.
        views: how many they were measured on.
        people: how many they show.
    """
    facts = [
        f"input: {settings.width}x{settings.height}, stretched, blue-green-red, 0..255",
        f"output: {settings.length} numbers, compared by their cosine (family `embedding`)",
        f"licence: {settings.licence}",
    ]
    learnt = [_drawn(scenes) for scenes in settings.scenes]
    learnt += [f"people in `{pictures.annotations}`" for pictures in settings.pictures]
    learnt += [f"people in `{file}`" for clips in settings.clips for file in clips.files]
    if settings.teacher:
        learnt.append(f"real people have no identity: `{settings.teacher}` says who is alike")
    table = [f"On {views} views of {people} drawn people of other seeds, rank-1 across cameras:"]
    table += ["", "| " + " | ".join(ranks) + " |", "|" + "--:|" * len(ranks)]
    table.append("| " + " | ".join(f"{rank:.3f}" for rank in ranks.values()) + " |")
    return _card(settings.name, settings.notes, facts, learnt, table)


def _card(
    name: str, notes: str, facts: Sequence[str], learnt: Sequence[str], measured: Sequence[str]
) -> str:
    lines = [f"# {name}", ""]
    if notes:
        lines += [notes.strip(), ""]
    lines += [f"- {fact}" for fact in facts]
    lines += ["", "## What it learnt from", "", *(f"- {part}" for part in learnt)]
    lines += ["", "## Measured", "", *measured, ""]
    return "\n".join(lines)


def _drawn(scenes: SceneSet) -> str:
    last = scenes.first_seed + scenes.seeds - 1
    return f"synthetic scenes {', '.join(scenes.frames)}, seeds {scenes.first_seed} to {last}"
