"""Type aliases for arrays, points and colours."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

__all__ = ["Bools", "Bytes", "Colour", "Floats", "Indices", "Point"]

#: Coordinates, factors, and colours before rounding.
Floats = npt.NDArray[np.floating[Any]]
#: Pixels.
Bytes = npt.NDArray[np.uint8]
#: Masks.
Bools = npt.NDArray[np.bool_]
#: Indices of points or faces.
Indices = npt.NDArray[np.int64]
#: Blue, green, red; 0..255.
Colour = tuple[float, float, float]
#: x, y, z; metres.
Point = tuple[float, float, float]
