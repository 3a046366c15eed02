"""Whether Redis is reachable and configured for queues: memory limit, eviction, persistence."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from tools.doctor.finding import ChainLink, LinkFinding, broken, fine, warning

__all__ = ["RedisFacts", "check_redis"]

#: Share of the memory limit above which producers will soon be refused.
_NEARLY_FULL = 0.9
_MB = 1e6


@dataclass(frozen=True)
class RedisFacts:
    """The part of `INFO` that decides whether queues work.

    Attributes:
        address: where Redis is, without credentials.
        info: fields of `INFO`; empty when Redis did not answer.
        error: why it did not answer; empty when it did.
        save: the setting `save`; None if it may not be read.
    """

    address: str
    info: Mapping[str, Any]
    error: str = ""
    save: str | None = None


def check_redis(facts: RedisFacts) -> list[LinkFinding]:
    """All findings about Redis; one that says it works, if nothing is broken."""
    if facts.error:
        return [
            broken(
                ChainLink.REDIS,
                f"Redis at {facts.address} does not answer: {facts.error}.",
                "Start Redis (tools/run-redis.sh), or set --queue-host, --queue-port or "
                "--queue-socket, and EI_QUEUE_USER and EI_QUEUE_PASSWORD_FILE for the password.",
            )
        ]
    found = [*_writable(facts), *_memory(facts), *_persistence(facts)]
    used, limit = _used(facts), _limit(facts)
    of = f" of {limit / _MB:.0f} MB" if limit else ""
    return found or [
        fine(
            ChainLink.REDIS,
            f"{facts.address} answers; it uses {used / _MB:.1f} MB{of}, noeviction.",
        )
    ]


def _used(facts: RedisFacts) -> int:
    return int(facts.info.get("used_memory", 0))


def _limit(facts: RedisFacts) -> int:
    return int(facts.info.get("maxmemory", 0))


def _writable(facts: RedisFacts) -> Iterator[LinkFinding]:
    if facts.info.get("role") == "slave":
        yield broken(
            ChainLink.REDIS,
            f"{facts.address} is a replica, which refuses writes.",
            "Connect to the primary.",
        )
    if facts.info.get("rdb_last_bgsave_status", "ok") != "ok":
        yield broken(
            ChainLink.REDIS,
            "The last snapshot failed, so Redis may refuse writes.",
            "Free disk space, or turn snapshots off: CONFIG SET save ''.",
        )


def _memory(facts: RedisFacts) -> Iterator[LinkFinding]:
    policy = str(facts.info.get("maxmemory_policy", "noeviction"))
    used, limit = _used(facts), _limit(facts)
    if policy != "noeviction":
        yield broken(
            ChainLink.REDIS,
            f"The eviction policy is {policy}: a full Redis deletes queues and counters.",
            "Set maxmemory-policy noeviction.",
        )
    if not limit:
        yield warning(
            ChainLink.REDIS,
            "Redis has no memory limit and can use all memory of its machine.",
            "Set maxmemory, for example 1gb.",
        )
    elif used >= limit:
        yield broken(
            ChainLink.REDIS,
            f"Redis is full ({used / _MB:.0f} of {limit / _MB:.0f} MB) and refuses writes.",
            "Raise maxmemory, or look for foreign keys with redis-cli --bigkeys.",
        )
    elif used > _NEARLY_FULL * limit:
        yield warning(
            ChainLink.REDIS,
            f"Redis uses {100 * used / limit:.0f} % of its memory limit.",
            "Raise maxmemory before producers are refused.",
        )


def _persistence(facts: RedisFacts) -> Iterator[LinkFinding]:
    ways = []
    if int(facts.info.get("aof_enabled", 0)):
        ways.append("the append-only file")
    if facts.save:
        ways.append(f"snapshots (save {facts.save})")
    if ways:
        yield warning(
            ChainLink.REDIS,
            f"Redis writes to disk: {' and '.join(ways)}. Frames then cost disk bandwidth.",
            "Turn it off unless you need queues to survive a restart: appendonly no, save ''.",
        )
