"""Loss of the detector: assignment of cells to boxes, and their errors.

Cells are chosen as in task-aligned learning (TOOD, Feng et al. 2021): for each true box those whose
own answer fits best, by score and overlap together. Scores are trained towards the overlap that
their box has reached (varifocal loss, Zhang et al. 2021), boxes by generalised IoU (Rezatofighi et
al. 2019).
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional

from tools.train.detector.network import cells

__all__ = ["DetectorLoss", "Truth", "decode", "generalised_iou"]

#: Cells that may answer for one box at most.
_MOST = 10
#: Exponents of score and overlap in the measure of how well a cell fits.
_SCORE_POWER, _OVERLAP_POWER = 0.5, 4.0
#: Pixels from a box's middle within which a cell may answer for it however small the box is.
_REACH = 8.0
#: Weight of background scores, and how much less easy ones count.
_NEGATIVE_WEIGHT, _NEGATIVE_POWER = 0.75, 2.0
#: Weight of the boxes' loss beside the scores'.
_BOX_WEIGHT = 2.5


class Truth(NamedTuple):
    """Labelled objects of one picture.

    Attributes:
        boxes: float32 [N, 4], pixels.
        classes: int64 [N].
        ignored: bool [N].
    """

    boxes: Tensor
    classes: Tensor
    ignored: Tensor


def decode(answers: Tensor, corners: Tensor, strides: Tensor) -> Tensor:
    """Boxes in pixels, [..., cells, 4], of raw answers `[..., cells, 4 or more]`."""
    middle = (answers[..., :2] + corners) * strides
    half = answers[..., 2:4].clamp(max=6).exp() * strides / 2
    return torch.cat((middle - half, middle + half), -1)


def generalised_iou(first: Tensor, second: Tensor) -> tuple[Tensor, Tensor]:
    """IoU and generalised IoU of boxes [..., 4], which are broadcast."""
    low = torch.maximum(first[..., :2], second[..., :2])
    high = torch.minimum(first[..., 2:], second[..., 2:])
    common = (high - low).clamp(min=0).prod(-1)
    areas = [(boxes[..., 2:] - boxes[..., :2]).clamp(min=0).prod(-1) for boxes in (first, second)]
    union = areas[0] + areas[1] - common + 1e-7
    hull_low = torch.minimum(first[..., :2], second[..., :2])
    hull = (torch.maximum(first[..., 2:], second[..., 2:]) - hull_low).clamp(min=0).prod(-1) + 1e-7
    iou = common / union
    return iou, iou - (hull - union) / hull


class DetectorLoss:
    """Loss of a batch.

    Args:
        width: of the pictures, pixels.
        height: of the pictures, pixels.
    """

    def __init__(self, width: int, height: int, device: str = "cpu") -> None:
        self.corners, self.strides = (part.to(device) for part in cells(width, height))
        self._middles = (self.corners + 0.5) * self.strides

    def __call__(self, answers: Tensor, truths: list[Truth]) -> tuple[Tensor, dict[str, float]]:
        """The loss, and its parts for people to read.

        Args:
            answers: [N, cells, 4 + classes].
            truths: of the N pictures.
        """
        boxes = decode(answers, self.corners, self.strides)
        logits = answers[..., 4:]
        targets = torch.zeros_like(logits)
        weights = torch.ones_like(logits)
        with torch.no_grad():
            scores = logits.sigmoid()
            chosen = [
                self._assign(boxes[n], scores[n], truth, targets[n], weights[n])
                for n, truth in enumerate(truths)
            ]
            # a crowd must not drown a picture with one person: it counts by the root of its size
            sizes = targets.sum((1, 2))
            shares = sizes.clamp(min=1.0).rsqrt()
            total = (shares * sizes).sum().clamp(min=1.0)
            easy = scores.pow(_NEGATIVE_POWER) * _NEGATIVE_WEIGHT
            weights = weights * torch.where(targets > 0, targets, easy) * shares[:, None, None]
        box_loss = logits.new_zeros(())
        for number, (places, owners) in enumerate(chosen):
            _, close = generalised_iou(boxes[number][places], truths[number].boxes[owners])
            wrong = (1 - close) * targets[number][places].amax(1)
            box_loss = box_loss + shares[number] * wrong.sum() / total
        score_loss = (
            functional.binary_cross_entropy_with_logits(logits, targets, weights, reduction="sum")
            / total
        )
        parts = {"scores": score_loss.item(), "boxes": box_loss.item()}
        return score_loss + _BOX_WEIGHT * box_loss, parts

    def _assign(
        self, boxes: Tensor, scores: Tensor, truth: Truth, targets: Tensor, weights: Tensor
    ) -> tuple[Tensor, Tensor]:
        """Fill one picture's targets; which cells answer, and for which of its true boxes."""
        self._overlook(truth, weights)
        good = torch.nonzero(~truth.ignored).flatten()
        nothing = torch.zeros(0, dtype=torch.long, device=boxes.device)
        if not len(good):
            return nothing, nothing
        true, classes = truth.boxes[good], truth.classes[good]
        iou, _ = generalised_iou(true[:, None], boxes[None])
        fit = scores[:, classes].T.pow(_SCORE_POWER) * iou.pow(_OVERLAP_POWER) + 1e-9
        fit = fit * self._near(true)
        best, place = fit.topk(min(_MOST, fit.shape[1]), 1)
        taken = torch.zeros_like(fit).scatter_(1, place, (best > 0).float())
        # a cell that several boxes want answers for the one it covers best
        rank = (iou + 1e-6) * taken
        owner = rank.argmax(0)
        places = torch.nonzero(rank.amax(0) > 0).flatten()
        owners = owner[places]
        fits, ious = fit[owners, places], iou[owners, places]
        highest = torch.zeros(len(good), device=boxes.device).scatter_reduce(
            0, owners, fits, "amax"
        )
        widest = torch.zeros(len(good), device=boxes.device).scatter_reduce(0, owners, ious, "amax")
        reached = fits / highest[owners].clamp(min=1e-12) * widest[owners].clamp(min=0.05)
        targets[places, classes[owners]] = reached
        weights[places] = 1.0
        return places, good[owners]

    def _near(self, boxes: Tensor) -> Tensor:
        """1 where a cell's middle is inside a box or close to its middle, [boxes, cells]."""
        middle = (boxes[:, :2] + boxes[:, 2:]) / 2
        half = ((boxes[:, 2:] - boxes[:, :2]) / 2).clamp(min=_REACH)
        return ((self._middles[None] - middle[:, None]).abs() < half[:, None]).all(2).float()

    def _overlook(self, truth: Truth, weights: Tensor) -> None:
        """No score of a class counts where something of that class is to be ignored."""
        for index in torch.nonzero(truth.ignored).flatten().tolist():
            box = truth.boxes[index]
            inside = ((self._middles >= box[:2]) & (self._middles <= box[2:])).all(1)
            weights[inside, truth.classes[index]] = 0.0
