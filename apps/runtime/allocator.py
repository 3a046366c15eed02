"""Keep freed memory in the process instead of returning it to the kernel at once.

A picture or result has some hundred kilobytes, and each is freed soon after it was allocated. glibc
returns the top of its heap when more than a few megabytes are free. The kernel then has to clear
the same pages again for the next picture: a hundred page faults per frame of 1920x1080.
"""

from __future__ import annotations

import ctypes

__all__ = ["keep_freed_memory"]

# mallopt(3)
_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD = -1, -3
_KEPT_BYTES = _LARGEST_BYTES = 32 << 20


def keep_freed_memory() -> bool:
    """Let each heap keep up to 32 MiB of free memory; False if the allocator cannot."""
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (OSError, AttributeError):  # not glibc
        return False
    return bool(
        mallopt(_M_TRIM_THRESHOLD, _KEPT_BYTES) and mallopt(_M_MMAP_THRESHOLD, _LARGEST_BYTES)
    )
