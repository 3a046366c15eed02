"""Freed memory stays in the process if the allocator supports it."""

from __future__ import annotations

import platform
import subprocess
import sys

import pytest

#: Prints the page faults of forty allocations of six megabytes.
_PAGES = """
import resource
from apps.runtime.allocator import keep_freed_memory

def pages():
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt

def work():
    held = [bytearray(1 << 20) for _ in range(6)]

if {keep}:
    assert keep_freed_memory()
work()
before = pages()
for _ in range(40):
    work()
print(pages() - before)
"""


def pages(*, keep: bool) -> int:
    done = subprocess.run(
        [sys.executable, "-c", _PAGES.format(keep=keep)], check=True, capture_output=True, text=True
    )
    return int(done.stdout)


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="only glibc has these settings")
def test_the_kernel_does_not_clear_freed_memory_again() -> None:
    assert 10 * pages(keep=True) < pages(keep=False)  # huge pages make both few
