"""Other processes as the kernel's books have them."""

from __future__ import annotations

import os
import subprocess
import sys
import time

import pytest

from tools.bench.processes import CpuTime, cpu_seconds, memory_bytes, on_cores, output_of


def test_cpu_time_grows_with_work_and_not_with_sleep() -> None:
    spent = CpuTime((os.getpid(),))
    time.sleep(0.05)
    asleep = spent.cpu
    ends = time.process_time() + 0.05
    while time.process_time() < ends:
        pass
    assert asleep < 0.05
    assert spent.cpu - asleep >= 0.05
    assert spent.wall >= 0.1


def test_cpu_time_of_another_process_is_what_it_says_itself() -> None:
    program = "import time\nwhile time.process_time() < 0.2: pass\ninput()"
    with subprocess.Popen([sys.executable, "-c", program], stdin=subprocess.PIPE) as process:
        while cpu_seconds(process.pid) < 0.2:
            time.sleep(0.01)
        assert memory_bytes(process.pid) > 1_000_000
        process.communicate(b"\n")
    with pytest.raises(ProcessLookupError):
        cpu_seconds(process.pid)


def test_a_program_that_is_not_there_or_fails_says_nothing() -> None:
    assert output_of(sys.executable, "-c", "print('heard')") == "heard\n"
    assert output_of("no-such-program-anywhere") == ""
    assert output_of(sys.executable, "-c", "print('lost'); exit(1)") == ""


def test_a_command_runs_on_the_cores_that_are_named() -> None:
    core = min(os.sched_getaffinity(0))
    program = "import os; print(sorted(os.sched_getaffinity(0)))"
    assert output_of(*on_cores([core]), sys.executable, "-c", program) == f"[{core}]\n"
