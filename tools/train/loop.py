"""Learning: steps, schedule, averaged weights, checkpoints; on a GPU, or on all cores.

On a CPU one single-threaded process per core learns from its own share of the batch and gradients
are averaged after each step: the processes meet once per step and not once per layer, which is what
a machine that does other things besides can bear.
"""

from __future__ import annotations

import copy
import math
import os
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any, Protocol

import cv2
import numpy as np
import torch
import torch.distributed as parallel
from torch import Tensor, nn

from tools.train.settings import Schedule

__all__ = ["CHECKPOINT", "Learner", "learn", "load_average"]

CHECKPOINT = "checkpoint.pt"
#: Share of all steps in which the rate rises, and what it falls to at the end.
_RISE, _LAST = 0.03, 0.02
#: Seconds between two checkpoints, and between two lines about progress.
_SAVE_EVERY, _TELL_EVERY = 60.0, 20.0
#: How much of the averaged weights stays at each step.
_KEEP = 0.998
#: A machine may be suspended, or its training stopped for a while: be patient.
_PATIENCE = timedelta(hours=12)


class Learner(Protocol):
    """What is learnt: a network, and its loss on a batch at random."""

    network: nn.Module

    def loss(self, rng: np.random.Generator, count: int) -> tuple[Tensor, dict[str, float]]:
        """The loss on `count` examples, and its parts for people to read."""


def learn(
    make: Callable[[torch.device], Learner], schedule: Schedule, folder: Path, processes: int = 0
) -> Path:
    """Train until the schedule is through; goes on where a checkpoint left off.

    Args:
        make: the learner on a device; called in each process.
        schedule: how long and how fast.
        folder: where the checkpoint is kept.
        processes: on a CPU; 0 for one per core.

    Returns:
        The checkpoint.
    """
    folder.mkdir(parents=True, exist_ok=True)
    if torch.cuda.is_available():
        _run(0, make, schedule, folder, 1)
    else:
        count = processes or os.cpu_count() or 1
        os.environ["OMP_NUM_THREADS"] = "1"
        # forked, not spawned: they share the data, and no network has run here yet
        torch.multiprocessing.start_processes(
            _run, (make, schedule, folder, count), count, start_method="fork"
        )
    return folder / CHECKPOINT


def load_average(checkpoint: Path, network: nn.Module) -> nn.Module:
    """The averaged weights of a checkpoint, in a network made ready to answer."""
    content = torch.load(checkpoint, map_location="cpu", weights_only=True)
    network.load_state_dict(content["average"])
    return network.eval()


def _run(
    rank: int,
    make: Callable[[torch.device], Learner],
    schedule: Schedule,
    folder: Path,
    processes: int,
) -> None:
    torch.manual_seed(schedule.seed)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    if processes > 1:
        torch.set_num_threads(1)
        cv2.setNumThreads(1)
        meeting = parallel.FileStore(str(folder / f".meeting-{os.getppid()}"), processes)
        parallel.init_process_group(
            "gloo", store=meeting, rank=rank, world_size=processes, timeout=_PATIENCE
        )
    learner = make(device)
    network = learner.network.to(device, memory_format=torch.channels_last)
    training = _Training(network, schedule, folder, rank)
    share = max(1, schedule.batch // processes)
    half = device.type == "cuda" or _multiplies_bfloat16()
    while not training.over:
        rng = np.random.default_rng([schedule.seed, rank, training.step])
        network.train()
        with torch.autocast(device.type, torch.bfloat16, enabled=half):
            loss, parts = learner.loss(rng, share)
        training.follow(loss, parts)
    training.save()
    if processes > 1:
        parallel.destroy_process_group()


@dataclass
class _Training:
    """One process's side of the training."""

    network: nn.Module
    schedule: Schedule
    folder: Path
    rank: int
    step: int = 0
    progress: float = 0.0
    spent: float = 0.0
    _said: dict[str, list[float]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        plain = [p for p in self.network.parameters() if p.ndim < 2]
        weights = [p for p in self.network.parameters() if p.ndim >= 2]
        groups = [
            {"params": weights, "weight_decay": self.schedule.weight_decay},
            {"params": plain, "weight_decay": 0.0},
        ]
        self.optimiser = torch.optim.AdamW(groups, lr=0.0, betas=(0.9, 0.99))
        self.average = copy.deepcopy(self.network).eval()
        self._resume()
        self._last = self._saved = self._told = time.monotonic()

    @property
    def over(self) -> bool:
        """All is learnt that the schedule has time for."""
        return self.progress >= 1.0

    def follow(self, loss: Tensor, parts: dict[str, float]) -> None:
        """One step down the gradient of a loss."""
        self.optimiser.zero_grad(set_to_none=True)
        loss.backward()
        self._meet()
        torch.nn.utils.clip_grad_norm_(self.network.parameters(), 10.0)
        for group in self.optimiser.param_groups:
            group["lr"] = self.schedule.rate * _rate(self.progress)
        self.optimiser.step()
        self._blend()
        self.step += 1
        self._tell({"loss": loss.item(), **parts})
        if self.rank == 0 and time.monotonic() - self._saved > _SAVE_EVERY:
            self.save()

    def save(self) -> None:
        """Write the checkpoint, all of it or nothing."""
        if self.rank:
            return
        self._saved = time.monotonic()
        content = {
            "network": self.network.state_dict(),
            "average": self.average.state_dict(),
            "optimiser": self.optimiser.state_dict(),
            "step": self.step,
            "spent": self.spent,
            "progress": self.progress,
        }
        part = self.folder / f"{CHECKPOINT}.part"
        torch.save(content, part)
        part.replace(self.folder / CHECKPOINT)

    def _resume(self) -> None:
        path = self.folder / CHECKPOINT
        if not path.exists():
            return
        content: Any = torch.load(path, map_location="cpu", weights_only=True)
        self.network.load_state_dict(content["network"])
        self.average.load_state_dict(content["average"])
        self.optimiser.load_state_dict(content["optimiser"])
        self.step, self.spent = content["step"], content["spent"]
        self.progress = self._progress()

    def _progress(self) -> float:
        """Share of the schedule that is through, by steps or by time, whichever is farther."""
        steps, minutes = self.schedule.steps, self.schedule.minutes
        done = self.step / steps
        return max(done, self.spent / 60 / minutes) if minutes else done

    def _meet(self) -> None:
        """Average the gradients of all processes, and agree on how far it is: as the first says."""
        now = time.monotonic()
        self.spent, self._last = self.spent + now - self._last, now
        self.progress = self._progress()
        if not parallel.is_initialized():
            return
        grads = [p.grad for p in self.network.parameters() if p.grad is not None]
        said = torch.tensor([self.progress if self.rank == 0 else 0.0])
        flat = torch.cat([*(grad.flatten() for grad in grads), said])
        parallel.all_reduce(flat)
        count = parallel.get_world_size()
        self.progress = float(flat[-1])
        start = 0
        for grad in grads:
            grad.copy_(flat[start : start + grad.numel()].view_as(grad) / count)
            start += grad.numel()

    @torch.no_grad()
    def _blend(self) -> None:
        keep = min(_KEEP, (1 + self.step) / (10 + self.step))
        pairs = zip(
            self.average.state_dict().values(), self.network.state_dict().values(), strict=True
        )
        for mean, value in pairs:
            if mean.dtype.is_floating_point:
                mean.lerp_(value, 1 - keep)
            else:
                mean.copy_(value)

    def _tell(self, parts: dict[str, float]) -> None:
        for name, value in parts.items():
            self._said.setdefault(name, []).append(value)
        if self.rank or time.monotonic() - self._told < _TELL_EVERY:
            return
        self._told = time.monotonic()
        means = "  ".join(f"{name} {np.mean(values):.3f}" for name, values in self._said.items())
        print(f"step {self.step}  {self.progress:.1%}  {means}", flush=True)
        self._said.clear()


def _multiplies_bfloat16() -> bool:
    """Whether this CPU has instructions for it; without them it is slower than float32."""
    cpu = Path("/proc/cpuinfo")
    words = set(cpu.read_text(encoding="utf-8").split()) if cpu.exists() else set()
    return bool(words & {"avx512_bf16", "amx_bf16"})


def _rate(progress: float) -> float:
    """Rises quickly from nothing to 1, and falls as half a cosine."""
    if progress < _RISE:
        return 0.05 + 0.95 * progress / _RISE
    fall = (progress - _RISE) / (1 - _RISE)
    return _LAST + (1 - _LAST) * (1 + math.cos(math.pi * min(fall, 1.0))) / 2
