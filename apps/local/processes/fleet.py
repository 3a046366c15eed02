"""The workers of one task on this machine, as many as the autoscaler decides."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from apps.local.ports import free_port
from apps.local.processes.child import Child, LogLine
from apps.local.processes.cores import choose_cores
from apps.runtime import backoff
from apps.runtime.service import ExitCode

__all__ = ["Fleet", "WorkerPlan"]

log = logging.getLogger(__name__)

#: Exit codes that must not be retried.
_PERMANENT = frozenset({ExitCode.SETTINGS, ExitCode.MODEL})


@dataclass(frozen=True)
class WorkerPlan:
    """How workers of one task are started."""

    task: str  #: task name
    arguments: Sequence[str]  #: arguments of `python -m apps.inference`, without task and port
    environment: Mapping[str, str]  #: variables with the address of Redis
    processors: Sequence[int]  #: processor numbers that workers may be bound to
    cores_per_worker: int  #: cores that each worker is bound to until it ends


@dataclass
class _Member:
    name: str
    child: Child | None = None
    port: int = 0
    watch: asyncio.Task[None] | None = None


@dataclass
class Fleet:
    """Starts, stops and replaces workers of one task.

    A worker that ends unexpectedly is replaced, with back-off, so that a broken model does not
    cause a rapid series of restarts.
    """

    plan: WorkerPlan  #: how workers are started
    #: cores that workers are bound to, shared by the fleets of all tasks
    owned: list[frozenset[int]]
    on_log: Callable[[str, LogLine], None]  #: called with the worker's name and each log line
    trouble: str = ""  #: how the last worker failed; empty if none did
    #: set when the first worker cannot start because a setting or its model is wrong
    failed: asyncio.Event = field(default_factory=asyncio.Event)
    _members: list[_Member] = field(default_factory=list)
    _started: int = 0
    _leaving: set[asyncio.Task[None]] = field(default_factory=set)

    @property
    def size(self) -> int:
        """Desired number of workers."""
        return len(self._members)

    @property
    def ports(self) -> list[int]:
        """Metrics ports of the workers."""
        return [member.port for member in self._members]

    async def scale(self, replicas: int) -> None:
        """Start or stop workers until there are `replicas`; the newest stop first."""
        while len(self._members) < replicas:
            await self._add()
        while len(self._members) > replicas:
            leaving = asyncio.create_task(self._remove(self._members.pop()))
            self._leaving.add(leaving)
            leaving.add_done_callback(self._leaving.discard)

    async def stop(self) -> None:
        """Stop all workers and wait until they have ended."""
        members, self._members = self._members, []
        await asyncio.gather(*(self._remove(member) for member in members), *self._leaving)

    async def _add(self) -> None:
        self._started += 1
        member = _Member(self._name(self._started))
        await self._start(member)
        self._members.append(member)
        member.watch = asyncio.create_task(self._replace_when_it_ends(member))

    def _name(self, number: int) -> str:
        return f"{self.plan.task} worker {number}"

    async def _start(self, member: _Member) -> None:
        plan = self.plan
        member.port = free_port()
        member.child = Child(
            name=member.name,
            module="apps.inference",
            arguments=["--task", plan.task, "--metrics-port", str(member.port), *plan.arguments],
            environment=plan.environment,
            on_log=self.on_log,
            cores=choose_cores(plan.processors, self.owned, plan.cores_per_worker),
        )
        self.owned.append(member.child.cores)
        await member.child.start()

    async def _replace_when_it_ends(self, member: _Member) -> None:
        first = member.name == self._name(1)
        for delay in backoff.delays(first=1.0, longest=30.0):
            assert member.child is not None  # noqa: S101 - it was started
            code = await member.child.wait()
            self.owned.remove(member.child.cores)
            self.trouble = f"{member.name} ended unexpectedly with exit code {code}"
            if first and code in _PERMANENT:
                self.failed.set()
            first = False
            log.error("%s; restarting it", self.trouble)
            await asyncio.sleep(delay)
            await self._start(member)

    async def _remove(self, member: _Member) -> None:
        if member.watch is not None:
            member.watch.cancel()
            await asyncio.gather(member.watch, return_exceptions=True)
        if member.child is not None:
            await member.child.stop()
            if member.child.cores in self.owned:
                self.owned.remove(member.child.cores)
