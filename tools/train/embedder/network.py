"""The embedder: a person's looks as one vector.

The last feature map is averaged over its upper and lower half apart, because trousers and jackets
change the vector in different places (as in part-based models, Sun et al. 2018).
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from tools.train.detector.network import Partial, unit

__all__ = ["EmbedderNetwork", "Identities", "contrast"]


class EmbedderNetwork(nn.Module):
    """Cut-out people to vectors, which are compared by their cosine.

    Args:
        length: of the vectors.
        width: channels of the feature maps at strides 2, 4, 8 and 16.
    """

    def __init__(
        self, length: int = 128, width: tuple[int, int, int, int] = (16, 32, 64, 128)
    ) -> None:
        super().__init__()
        first, second, third, last = width
        self.features = nn.Sequential(
            unit(3, first, 3, 2),
            unit(first, second, 3, 2),
            Partial(second, second, 1),
            unit(second, third, 3, 2),
            Partial(third, third, 2),
            unit(third, last, 3, 2),
            Partial(last, last, 2),
        )
        self.join = nn.Linear(2 * last, length, bias=False)
        self.centre = nn.BatchNorm1d(length)

    def forward(self, pictures: Tensor) -> Tensor:
        """float32 [N, 3, 128, 64], blue-green-red, 0..255, to [N, length]."""
        features = self.features(pictures * (1 / 128) - 1)
        parts = functional.adaptive_avg_pool2d(features, (2, 1)).flatten(1)
        vectors: Tensor = self.centre(self.join(parts))
        return vectors


class Identities(nn.Module):
    """The classes of training: one direction per person, with a margin around it (CosFace)."""

    def __init__(self, length: int, count: int, scale: float = 16.0, margin: float = 0.1) -> None:
        super().__init__()
        self.directions = nn.Parameter(torch.randn(count, length) * 0.1)
        self.scale, self.margin = scale, margin

    def forward(self, vectors: Tensor, identities: Tensor) -> Tensor:
        """The loss of vectors [N, length] that should belong to identities [N]."""
        cosines = functional.normalize(vectors) @ functional.normalize(self.directions).T
        wanted = functional.one_hot(identities, cosines.shape[1])
        return functional.cross_entropy(
            self.scale * (cosines - self.margin * wanted), identities, label_smoothing=0.05
        )


def contrast(vectors: Tensor, identities: Tensor, temperature: float = 0.1) -> Tensor:
    """Views of one person should be more alike than those of two (Khosla et al. 2020).

    Args:
        vectors: [N, length].
        identities: [N], each at least twice.
        temperature: the smaller, the more the most alike of the others count.
    """
    unit_vectors = functional.normalize(vectors)
    alike = unit_vectors @ unit_vectors.T / temperature
    itself = torch.eye(len(vectors), dtype=torch.bool, device=vectors.device)
    chances = alike.masked_fill(itself, -torch.inf).log_softmax(1)
    same = (identities[:, None] == identities[None]) & ~itself
    return -(chances.masked_fill(~same, 0).sum(1) / same.sum(1)).mean()
