"""Who may do what in Redis: the one table of users.

The ACL file of an installation, its Secrets, the table in docs/security.md and the tests are made
of it. A grant is a selector of Redis 7: its commands on its keys, and nothing else. Scripts run
with the rights of their caller, command by command, so a role that may load scripts can do no more
with them than without.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from apps.pipeline.keys import JOB_PARTS, LIVE_PARTS

__all__ = ["ROLES", "Grant", "Role", "acl_file", "roles_table"]


@dataclass(frozen=True)
class Grant:
    """Commands on keys and channels.

    Attributes:
        text: what for, a few words.
        commands: as in an ACL rule, without the plus.
        keys: key patterns with `~`, `%R~` (read) or `%W~` (write).
        channels: patterns of pub/sub channels.
    """

    text: str
    commands: tuple[str, ...]
    keys: tuple[str, ...] = ()
    channels: tuple[str, ...] = ()

    @property
    def selector(self) -> str:
        """The grant as Redis reads it."""
        words = [f"+{command}" for command in self.commands]
        words += [*self.keys, *(f"&{channel}" for channel in self.channels)]
        return f"({' '.join(words)})"


@dataclass(frozen=True)
class Role:
    """One user of Redis.

    Attributes:
        name: of the user, and what stands in EI_QUEUE_USER.
        text: who it is.
        abuse: what somebody who stole its password could do, one sentence.
        grants: what it may do beside logging in, asking the time and loading scripts.
        scripts: whether it runs the scripts of the queues.
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
_BOOKS = ("hdel", "hgetall", "hkeys", "hvals", "hlen", "del")
_BEAT = ("zadd", "zrem", "zremrangebyscore")
_JOB = (
    "del", "evalsha", "exists", "get", "hdel", "hexists", "hget", "hgetall", "hincrby", "hlen",
    "hset", "llen", "pexpire", "rpush", "set", "xack", "xadd", "xclaim", "xdel", "xgroup|create",
    "xgroup|delconsumer", "xinfo|groups", "xlen", "xpending", "xrange", "xreadgroup", "zadd",
    "zcard", "zcount", "zrangebyscore", "zrem",
)  # fmt: skip
_READ_STREAMS = (
    Grant("who streams", ("zrangebyscore",), ("%R~streams",)),
    Grant("how they are", ("get", "exists"), ("%R~stream:*", "%R~conflict:*")),
)

ROLES: tuple[Role, ...] = (
    Role(
        "camera",
        "a producer of your own outside the cluster, such as a camera that knows only RPUSH",
        "fill queues with pictures, in the name of any stream; it reads nothing back",
        (Grant("feed a queue", ("rpush",), ("%W~queue_*",)),),
        scripts=False,
    ),
    Role(
        "streams",
        "the streams service",
        "feed and disturb the live queues, read the frames that wait, and read the addresses and "
        "passwords of added cameras; it sees no results, no jobs and no sessions",
        (
            Grant("push frames", (*_LIVE, *_ENTER), (*_QUEUE, _DOOR)),
            Grant("say which streams are there", _BEAT, ("~streams",)),
            Grant("say how they are", ("set", "del"), ("%W~stream:*", "%W~conflict:*")),
            *_READ_STREAMS,
            Grant("which streams are wanted", ("hgetall",), ("%R~streams:wanted",)),
            Grant("take trials", ("blpop",), ("~streams:trials",)),
            Grant("answer trials", ("rpush", "expire"), ("%W~trial:*",)),
        ),
    ),
    Role(
        "worker",
        "the inference service",
        "read, take and falsely settle the frames and jobs of every task, and publish invented "
        "results; it sees no camera addresses and no sessions",
        (
            Grant("take and settle frames", (*_LIVE, *_BOOKS, *_TAKE), (*_QUEUE, _HANDS)),
            Grant("take and end jobs", (*_JOB, "blpop"), _JOBS),
            Grant("publish results", ("publish",), channels=("results:*",)),
            Grant("who watches", ("exists",), ("%R~watch:*",)),
            Grant("say which workers are there", _BEAT, ("~workers",)),
            Grant("say how they are", ("set", "del"), ("%W~worker:*",)),
        ),
    ),
    Role(
        "gateway",
        "the gateway",
        "everything that an admin of the dashboard can: see every stream and its camera's address, "
        "add and remove streams, submit jobs; it cannot administer Redis",
        (
            Grant("bound the queues and read the books", (*_LIVE, *_BOOKS), _QUEUE),
            Grant("submit jobs, read replies and dead letters", (*_JOB, "xread", "xrevrange"),
                  _JOBS),
            Grant("find queues, and see how full Redis is", ("scan", "info")),
            Grant("listen to results", ("subscribe", "unsubscribe"), channels=("results:*",)),
            Grant("ask for pixels", ("set",), ("%W~watch:*",)),
            *_READ_STREAMS,
            Grant("which workers are there", ("zrangebyscore",), ("%R~workers",)),
            Grant("how they are", ("get",), ("%R~worker:*",)),
            Grant(
                "say which streams are wanted",
                ("hdel", "hget", "hgetall", "hset", "hsetnx"),
                ("~streams:wanted",),
            ),
            Grant("number the changes", ("incrby",), ("~streams:wanted:revision",)),
            Grant("ask for trials", ("rpush", "ltrim", "expire"), ("~streams:trials",)),
            Grant("read their answers", ("blpop",), ("~trial:*",)),
            Grant("what was scaled", ("lrange", "hgetall"), ("%R~scaling:*",)),
            Grant("sessions", ("get", "set", "del", "exists"), ("~session:*", "~sessions")),
        ),
    ),
    Role(
        "operator",
        "a person with redis-cli",
        "read the frames, jobs and results of everybody and empty queues; it sees no camera "
        "addresses and no sessions, and cannot change users or settings",
        (
            Grant(
                "look at everything but secrets",
                ("@read",),
                (
                    "%R~queue_*", "%R~{queue_*}:*", "%R~jobs_*", "%R~{jobs_*}:*", "%R~streams",
                    "%R~stream:*", "%R~conflict:*", "%R~workers", "%R~worker:*", "%R~watch:*",
                    "%R~scaling:*",
                ),
            ),
            Grant("listen to results", ("subscribe", "unsubscribe"), channels=("results:*",)),
            Grant("empty a queue; the books call it removed", ("del", "ltrim"), ("~queue_*",)),
            Grant("throw dead letters away", ("del", "xdel"), ("~{jobs_*}:dead",)),
            Grant("write down what was scaled", ("rpush", "ltrim", "hset", "expire"),
                  ("~scaling:events", "~scaling:limits")),
            Grant(
                "look at Redis",
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
        passwords: by role; exactly those of `ROLES`.
    """
    lines = ["user default reset off ~* &* +@all"]
    lines += [_user(role, passwords[role.name]) for role in ROLES]
    return "".join(f"{line}\n" for line in lines)


def roles_table() -> str:
    """The roles as a table for people, in Markdown."""
    lines = ["| user | who | may | with a stolen password |", "|---|---|---|---|"]
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
    shown = places if len(places) <= 3 else [places[0], f"and {len(places) - 1} beside it"]
    return f"{grant.text} ({', '.join(shown)})" if shown else grant.text
