"""The detector: plain 3x3 convolutions with ReLU, three feature maps, no anchors.

Convolutions without groups and with ReLU are what integer arithmetic speeds up most, and what every
CPU runs well. Blocks are cross-stage partial (CSPNet, Wang et al. 2020): half of the channels take
the short way. The neck adds coarse features to fine ones and back (PANet, Liu et al. 2018), with
the same few channels everywhere; one small head per feature map answers for all of its cells.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

__all__ = ["STRIDES", "Deployed", "DetectorNetwork", "cells", "unit"]

#: Pixels of the input for one cell of each feature map.
STRIDES = (8, 16, 32)
#: Share of cells that hold something, as the first guess of every score.
_PRIOR_LOGIT = -4.6


def unit(inner: int, outer: int, size: int = 3, stride: int = 1) -> nn.Sequential:
    """Convolution, batch normalisation, ReLU."""
    convolution = nn.Conv2d(inner, outer, size, stride, size // 2, bias=False)
    return nn.Sequential(
        convolution, nn.BatchNorm2d(outer, eps=1e-3, momentum=0.03), nn.ReLU(inplace=True)
    )


class Partial(nn.Module):
    """Half of the channels through residual blocks, the other half straight on."""

    def __init__(self, inner: int, outer: int, blocks: int, *, residual: bool = True) -> None:
        super().__init__()
        half = outer // 2
        self.short, self.long = unit(inner, half, 1), unit(inner, half, 1)
        self.blocks = nn.ModuleList(
            nn.Sequential(unit(half, half), unit(half, half)) for _ in range(blocks)
        )
        self.residual = residual
        self.join = unit(outer, outer, 1)

    def forward(self, features: Tensor) -> Tensor:
        """[N, inner, H, W] to [N, outer, H, W]."""
        long = self.long(features)
        for block in self.blocks:
            long = long + block(long) if self.residual else block(long)
        return self.join(torch.cat((long, self.short(features)), 1))


class Wide(nn.Module):
    """Looks around: pooling over 5, 9 and 13 cells beside each other (SPPF)."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.narrow, self.join = unit(channels, channels // 2, 1), unit(channels * 2, channels, 1)

    def forward(self, features: Tensor) -> Tensor:
        """[N, C, H, W] to the same shape."""
        seen = [self.narrow(features)]
        for _ in range(3):
            seen.append(functional.max_pool2d(seen[-1], 5, 1, 2))
        return self.join(torch.cat(seen, 1))


class Head(nn.Module):
    """Four numbers of a box and a score per class, for each cell of one feature map."""

    def __init__(self, channels: int, classes: int) -> None:
        super().__init__()
        self.stem = unit(channels, channels)
        self.boxes, self.scores = nn.Conv2d(channels, 4, 1), nn.Conv2d(channels, classes, 1)
        nn.init.constant_(self.scores.bias, _PRIOR_LOGIT)
        nn.init.constant_(self.boxes.bias, 0.5)

    def forward(self, features: Tensor) -> Tensor:
        """[N, C, H, W] to [N, H * W, 4 + classes]."""
        features = self.stem(features)
        answer = torch.cat((self.boxes(features), self.scores(features)), 1)
        return answer.flatten(2).transpose(1, 2)


class DetectorNetwork(nn.Module):
    """PictureSet to raw answers: `[N, cells, 4 + classes]`.

    Each cell answers with the centre of a box, measured from the cell's corner, and the logarithm
    of its size, both in strides, and a logit per class.

    Args:
        classes: how many there are.
        width: channels of the feature maps at strides 2, 4, 8, 16, 32, and of the neck.
    """

    def __init__(self, classes: int, width: tuple[int, ...] = (16, 24, 64, 96, 128, 64)) -> None:
        super().__init__()
        stem, first, fine, middle, coarse, neck = width
        self.stem = nn.Sequential(unit(3, stem, 3, 2), unit(stem, first, 3, 2))
        self.fine = nn.Sequential(unit(first, fine, 3, 2), Partial(fine, fine, 1))
        self.middle = nn.Sequential(unit(fine, middle, 3, 2), Partial(middle, middle, 1))
        self.coarse = nn.Sequential(
            unit(middle, coarse, 3, 2), Partial(coarse, coarse, 1), Wide(coarse)
        )
        self.from_coarse, self.from_middle = unit(coarse, neck, 1), unit(middle, neck, 1)
        self.from_fine = unit(fine, neck, 1)
        self.up_middle = Partial(2 * neck, neck, 1, residual=False)
        self.up_fine = Partial(2 * neck, neck, 1, residual=False)
        self.step_middle, self.step_coarse = unit(neck, neck, 3, 2), unit(neck, neck, 3, 2)
        self.down_middle = Partial(2 * neck, neck, 1, residual=False)
        self.down_coarse = Partial(2 * neck, neck, 1, residual=False)
        self.heads = nn.ModuleList(Head(neck, classes) for _ in STRIDES)

    def forward(self, pictures: Tensor) -> Tensor:
        """float32 [N, 3, H, W], blue-green-red, 0..255, to [N, cells, 4 + classes]."""
        fine = self.fine(self.stem(pictures * (1 / 128) - 1))
        middle = self.middle(fine)
        coarse = self.from_coarse(self.coarse(middle))
        middle = self.up_middle(torch.cat((self.from_middle(middle), _twice(coarse)), 1))
        fine = self.up_fine(torch.cat((self.from_fine(fine), _twice(middle)), 1))
        middle = self.down_middle(torch.cat((middle, self.step_middle(fine)), 1))
        coarse = self.down_coarse(torch.cat((coarse, self.step_coarse(middle)), 1))
        maps = (fine, middle, coarse)
        return torch.cat([head(m) for head, m in zip(self.heads, maps, strict=True)], 1)


class Deployed(nn.Module):
    """The detector as the project's `yolox` family reads it.

    The certainty that there is something is the best score; what follows are the scores in
    proportion to it, so that their product is the score.
    """

    def __init__(self, detector: DetectorNetwork) -> None:
        super().__init__()
        self.detector = detector

    def forward(self, pictures: Tensor) -> Tensor:
        """[1, 3, H, W] to [1, cells, 5 + classes]."""
        answer = self.detector(pictures)
        scores = answer[..., 4:].sigmoid()
        best = scores.amax(2, keepdim=True)
        return torch.cat((answer[..., :4], best, scores / (best + 1e-9)), 2)


def cells(width: int, height: int) -> tuple[Tensor, Tensor]:
    """Corners [N, 2] and strides [N, 1] of all cells, in strides and in pixels."""
    corners, steps = [], []
    for stride in STRIDES:
        rows, columns = height // stride, width // stride
        y, x = torch.meshgrid(torch.arange(rows), torch.arange(columns), indexing="ij")
        corners.append(torch.stack((x.flatten(), y.flatten()), 1).float())
        steps.append(torch.full((rows * columns, 1), float(stride)))
    return torch.cat(corners), torch.cat(steps)


def _twice(features: Tensor) -> Tensor:
    return functional.interpolate(features, scale_factor=2.0, mode="nearest")
