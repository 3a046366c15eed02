"""Memory that is freed stays with the process, instead of going back to the kernel at once.

Pictures and results are some hundred kilobytes each, and as many are freed as are made. glibc gives
the top of its heap back when more than a few megabytes of it are free, and the kernel then clears
the same pages again for the next picture: a hundred page faults a frame of 1920x1080.
"""

from __future__ import annotations

import ctypes

__all__ = ["keep_freed_memory"]

# mallopt(3)
_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD = -1, -3
_KEPT_BYTES = _LARGEST_BYTES = 32 << 20


def keep_freed_memory() -> bool:
    """Let each heap keep up to 32 MB that are free; whether this system's allocator can."""
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (OSError, AttributeError):  # not glibc
        return False
    return bool(
        mallopt(_M_TRIM_THRESHOLD, _KEPT_BYTES) and mallopt(_M_MMAP_THRESHOLD, _LARGEST_BYTES)
    )
