"""The users of Redis and their permissions.

The ACL file of an installation, its Secrets, the table in docs/security.md and the tests are
generated from this table. A grant is an ACL selector of Redis 7: a set of commands on a set of
keys. Scripts run with the permissions of their caller, so loading scripts gives no further ones.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from apps.pipeline.keys import JOB_PARTS, LIVE_PARTS

__all__ = ["ROLES", "Grant", "Role", "acl_file", "roles_table"]


@dataclass(frozen=True)
class Grant:
    """Permission for some commands on some keys and channels.

    Attributes:
        text: purpose, a few words.
        commands: as in an ACL rule, without the plus sign.
        keys: key patterns with `~`, `%R~` (read) or `%W~` (write).
        channels: patterns of pub/sub channels.
    """

    text: str
    commands: tuple[str, ...]
    keys: tuple[str, ...] = ()
    channels: tuple[str, ...] = ()

    @property
    def selector(self) -> str:
        """The grant in the syntax of an ACL rule."""
        words = [f"+{command}" for command in self.commands]
        words += [*self.keys, *(f"&{channel}" for channel in self.channels)]
        return f"({' '.join(words)})"


@dataclass(frozen=True)
class Role:
    """One user of Redis.

    Attributes:
        name: name of the user, the value of EI_QUEUE_USER.
        text: which process or person uses it.
        abuse: what a stolen password permits, one sentence.
        grants: permissions beside signing in, reading the time and loading scripts.
        scripts: whether it loads the scripts of the queues.
    """

    name: str
    text: str
    abuse: str
    grants: tuple[Grant, ...]
    scripts: bool = True


_CONNECT = ("auth", "hello", "ping", "time", "client|setname", "quit")
_QUEUE = ("~queue_*", *(f"~{{queue_*}}:{part}" for part in LIVE_PARTS))
_DOOR, _HANDS = "~{queue_*}:door", "~{queue_*}:hand:*"
_JOBS = (
    "~jobs_*",
    *(f"~{{jobs_*}}:{part}" for part in JOB_PARTS),
    "~{jobs_*}:replies:*",
    "~{jobs_*}:ended:*",
)
_LIVE = (
    "evalsha", "hexists", "hget", "hincrby", "hset", "hsetnx", "llen", "lpop", "lrange", "lrem",
    "lset", "rpush",
)  # fmt: skip
_ENTER = ("multi", "exec", "lpush", "rpushx", "rename")
_TAKE = ("blpop", "ltrim", "pexpire", "sort")
_LEDGER = ("hdel", "hgetall", "hkeys", "hvals", "hlen", "del")
_BEAT = ("zadd", "zrem", "zremrangebyscore")
_JOB = (
    "del", "evalsha", "exists", "get", "hdel", "hexists", "hget", "hgetall", "hincrby", "hlen",
    "hset", "llen", "pexpire", "rpush", "set", "xack", "xadd", "xclaim", "xdel", "xgroup|create",
    "xgroup|delconsumer", "xinfo|groups", "xlen", "xpending", "xrange", "xreadgroup", "zadd",
    "zcard", "zcount", "zrangebyscore", "zrem",
)  # fmt: skip
_READ_STREAMS = (
    Grant("list streams", ("zrangebyscore",), ("%R~streams",)),
    Grant("read their state", ("get", "exists"), ("%R~stream:*", "%R~conflict:*")),
)

ROLES: tuple[Role, ...] = (
    Role(
        "camera",
        "a producer outside the cluster, such as a camera that only uses RPUSH",
        "fill queues with frames under any stream name; it cannot read",
        (Grant("feed a queue", ("rpush",), ("%W~queue_*",)),),
        scripts=False,
    ),
    Role(
        "streams",
        "the streams service",
        "push to and disturb the live queues, read waiting frames, and read the addresses and "
        "passwords of added cameras; it cannot read results, jobs or sessions",
        (
            Grant("push frames", (*_LIVE, *_ENTER), (*_QUEUE, _DOOR)),
            Grant("register streams", _BEAT, ("~streams",)),
            Grant("write their state", ("set", "del"), ("%W~stream:*", "%W~conflict:*")),
            *_READ_STREAMS,
            Grant("read the wanted streams", ("hgetall",), ("%R~streams:wanted",)),
            Grant("take trials", ("blpop",), ("~streams:trials",)),
            Grant("answer trials", ("rpush", "expire"), ("%W~trial:*",)),
        ),
    ),
    Role(
        "worker",
        "the inference service",
        "read, take and falsely settle the frames and jobs of all tasks, and publish false "
        "results; it cannot read camera addresses or sessions",
        (
            Grant("take and settle frames", (*_LIVE, *_LEDGER, *_TAKE), (*_QUEUE, _HANDS)),
            Grant("take and end jobs", (*_JOB, "blpop"), _JOBS),
            Grant("publish results", ("publish",), channels=("results:*",)),
            Grant("see which streams are watched", ("exists",), ("%R~watch:*",)),
            Grant("register workers", _BEAT, ("~workers",)),
            Grant("write their state", ("set", "del"), ("%W~worker:*",)),
        ),
    ),
    Role(
        "gateway",
        "the gateway",
        "everything that an admin of the dashboard can do: see all streams and camera addresses, "
        "add and remove streams, submit jobs; it cannot administer Redis",
        (
            Grant("bound the queues and read the ledger", (*_LIVE, *_LEDGER), _QUEUE),
            Grant("submit jobs, read replies and dead letters", (*_JOB, "xread", "xrevrange"),
                  _JOBS),
            Grant("find queues and read the memory use of Redis", ("scan", "info")),
            Grant("receive results", ("subscribe", "unsubscribe"), channels=("results:*",)),
            Grant("request images", ("set",), ("%W~watch:*",)),
            *_READ_STREAMS,
            Grant("list workers", ("zrangebyscore",), ("%R~workers",)),
            Grant("read their state", ("get",), ("%R~worker:*",)),
            Grant(
                "change the wanted streams",
                ("hdel", "hget", "hgetall", "hset", "hsetnx"),
                ("~streams:wanted",),
            ),
            Grant("number the changes", ("incrby",), ("~streams:wanted:revision",)),
            Grant("request trials", ("rpush", "ltrim", "expire"), ("~streams:trials",)),
            Grant("read their answers", ("blpop",), ("~trial:*",)),
            Grant("read scaling events", ("lrange", "hgetall"), ("%R~scaling:*",)),
            Grant("sessions", ("get", "set", "del", "exists"), ("~session:*", "~sessions")),
        ),
    ),
    Role(
        "operator",
        "a person with redis-cli",
        "read all frames, jobs and results, and empty queues; it cannot read camera addresses or "
        "sessions, and cannot change users or settings",
        (
            Grant(
                "read everything except secrets",
                ("@read",),
                (
                    "%R~queue_*", "%R~{queue_*}:*", "%R~jobs_*", "%R~{jobs_*}:*", "%R~streams",
                    "%R~stream:*", "%R~conflict:*", "%R~workers", "%R~worker:*", "%R~watch:*",
                    "%R~scaling:*",
                ),
            ),
            Grant("receive results", ("subscribe", "unsubscribe"), channels=("results:*",)),
            Grant("empty a queue, counted as removed", ("del", "ltrim"), ("~queue_*",)),
            Grant("delete dead letters", ("del", "xdel"), ("~{jobs_*}:dead",)),
            Grant("record scaling events", ("rpush", "ltrim", "hset", "expire"),
                  ("~scaling:events", "~scaling:limits")),
            Grant(
                "inspect Redis",
                ("info", "client|list", "client|kill", "memory|stats", "memory|usage",
                 "slowlog|get", "slowlog|len", "latency|latest", "acl|whoami", "acl|log"),
                ("%R~*",),
            ),
        ),
        scripts=False,
    ),
)  # fmt: skip


def acl_file(passwords: Mapping[str, str]) -> str:
    """The ACL file of Redis: no user without a password, and only the SHA-256 of each password.

    The user `default` is off: no client can sign in as it. It keeps its permissions, because Redis
    replays the append-only file as `default`, and refuses each transaction without them.

    Args:
        passwords: password of each role in `ROLES`, and of no other.
    """
    lines = ["user default reset off ~* &* +@all"]
    lines += [_user(role, passwords[role.name]) for role in ROLES]
    return "".join(f"{line}\n" for line in lines)


def roles_table() -> str:
    """The roles as a Markdown table."""
    lines = ["| user | used by | permissions | with a stolen password |", "|---|---|---|---|"]
    for role in ROLES:
        may = "; ".join(_grant_text(grant) for grant in role.grants)
        lines.append(f"| `{role.name}` | {role.text} | {may} | {role.abuse} |")
    return "\n".join(lines) + "\n"


def _user(role: Role, password: str) -> str:
    digest = hashlib.sha256(password.encode()).hexdigest()
    commands: Sequence[str] = (*_CONNECT, *(("script|load",) if role.scripts else ()))
    words = ["user", role.name, "reset", "on", f"#{digest}"]
    words += [f"+{command}" for command in commands]
    words += [grant.selector for grant in role.grants]
    return " ".join(words)


def _grant_text(grant: Grant) -> str:
    places = [f"`{key.removeprefix('%R').removeprefix('%W').removeprefix('~')}`"
              for key in grant.keys]  # fmt: skip
    places += [f"`{channel}`" for channel in grant.channels]
    shown = places if len(places) <= 3 else [places[0], f"and {len(places) - 1} more"]
    return f"{grant.text} ({', '.join(shown)})" if shown else grant.text
