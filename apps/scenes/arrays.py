"""Words for arrays, so that signatures say what is in them."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

__all__ = ["Bools", "Bytes", "Floats", "Indices"]

#: Coordinates, factors, colours in the making.
Floats = npt.NDArray[np.floating[Any]]
#: Pixels.
Bytes = npt.NDArray[np.uint8]
#: Masks.
Bools = npt.NDArray[np.bool_]
#: Numbers of points or faces.
Indices = npt.NDArray[np.int64]
