"""Dead letters: jobs that failed for good. Redis keeps them for some time.

  ei jobs dead list face
  ei jobs dead show face 1700000000000-0 --out picture.jpg
  ei jobs dead retry face 1700000000000-0
  ei jobs dead discard face 1700000000000-0 1700000000001-0

`retry` submits the picture again, waits for the result and then discards the letter. Exit codes:
0 done, 1 Redis or a worker could not do it, 2 a wrong option.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from apps.pipeline.job_queue.dead_letters import MAX_PAGE, DeadLetters
from apps.pipeline.job_queue.job_client import JobClient
from apps.pipeline.messages.stream_id import check_task
from apps.runtime.connection import UNREACHABLE, connect
from apps.runtime.errors import ElasticError, QueueError, SettingsError, WireError
from tools.ei.queue_options import add_queue_options, queue_settings

if TYPE_CHECKING:
    from redis.asyncio import Redis

    from apps.pipeline.messages.job import Job

__all__ = ["main"]


def main(argv: Sequence[str] | None = None, *, prog: str = "ei jobs dead") -> int:
    """Run one command; returns the exit code."""
    asked = _parser(prog).parse_args(argv)
    try:
        check_task(asked.dead_task)
        asyncio.run(_run(asked))
    except (SettingsError, WireError) as error:
        print(f"{prog}: {error}", file=sys.stderr)
        return 2
    except (ElasticError, OSError) as error:
        print(f"{prog}: {error}", file=sys.stderr)
        return 1
    except UNREACHABLE as error:
        print(f"{prog}: Redis did not carry it out: {str(error).rstrip('.')}.", file=sys.stderr)
        return 1
    return 0


def _parser(prog: str) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog=prog, description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")

    def command(name: str, text: str) -> argparse.ArgumentParser:
        made = commands.add_parser(name, help=text, description=text)
        made.add_argument("dead_task", metavar="TASK", help="task of the jobs")
        add_queue_options(made)
        return made

    made = command("list", "show the newest dead letters")
    made.add_argument("--count", type=int, default=20, metavar="N",
                      help=f"letters at most, 1 to {MAX_PAGE} (20)")  # fmt: skip
    made = command("show", "show one dead letter")
    made.add_argument("id", metavar="ID")
    made.add_argument("--out", type=Path, metavar="FILE", help="write its picture there")
    made = command("retry", "submit one job again and wait for its result")
    made.add_argument("id", metavar="ID")
    made.add_argument("--timeout", type=float, default=30.0, metavar="S", help="seconds (30)")
    made = command("discard", "delete dead letters")
    made.add_argument("id", nargs="+", metavar="ID")
    return parser


async def _run(asked: argparse.Namespace) -> None:
    redis = connect(queue_settings(asked), name="ei-jobs")
    letters = DeadLetters(redis, asked.dead_task)
    try:
        match asked.command:
            case "list":
                await _list(letters, asked.dead_task, asked.count)
            case "show":
                await _show(letters, asked.id, asked.out)
            case "retry":
                await _retry(redis, letters, asked)
            case _:
                for identity in asked.id:
                    found = await letters.discard(identity)
                    print(f"{identity}: {'discarded' if found else 'there is no such letter'}")
    finally:
        await redis.aclose()


async def _list(letters: DeadLetters, task: str, count: int) -> None:
    found = await letters.page(count)
    for letter in found:
        at = datetime.fromtimestamp(letter.at / 1e6, UTC).strftime("%Y-%m-%d %H:%M:%S")
        size = f"{letter.bytes / 1000:.0f} kB"
        print(f"{letter.id}  {at}  {letter.attempts} attempts  {size:>8}  {letter.reason}")
    if not found:
        print(f"{task}: no dead letters")


async def _show(letters: DeadLetters, identity: str, out: Path | None) -> None:
    job = await _job(letters, identity)
    print(f"job {job.id} of task {job.task}, {job.attempts} attempts, {len(job.data)} bytes")
    if out is not None:
        await asyncio.to_thread(out.write_bytes, job.data)
        print(f"wrote {out}")


async def _retry(redis: Redis, letters: DeadLetters, asked: argparse.Namespace) -> None:
    job = await _job(letters, asked.id)
    client = JobClient(redis)
    try:
        result = await client.submit(asked.dead_task, job.data, asked.timeout)
    finally:
        await client.close()
    await letters.discard(asked.id)
    print(f"done by {result.model}: {len(result.detections)} detections; the letter is discarded")


async def _job(letters: DeadLetters, identity: str) -> Job:
    job = await letters.read(identity)
    if job is None:
        raise QueueError(f"{identity}: there is no such dead letter, or its job is unreadable")
    return job
