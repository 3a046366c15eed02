"""The Redis key schema, the only place where a key is spelled.

Live frames of a task `face` (all in one slot of a Redis Cluster: what stands in braces is hashed,
and a key without braces is hashed whole):

``queue_face``
    LIST of frames, MessagePack maps, oldest first. RPUSH feeds it; foreign producers need no more.
``{queue_face}:index``
    LIST, one line per frame that the scripts have seen, in the order of the queue:
    ``<bytes> <arrival µs> <arrival number> <name>``. A queue longer than its index holds foreign
    pushes; a shorter one lost frames to a foreign consumer.
``{queue_face}:ledger``
    HASH of counters: ``pushed|<name>``, ``inferred|<name>``, ``dropped|<reason>|<name>``,
    ``lost|<name>``, ``refused|<reason>|<name>``, ``unbooked``; beside them ``id``, the identity
    of this data set, ``bytes`` in the queue, ``names`` known, ``swept_at``, and ``turns``, the
    streams that were served last, while several wait.
``{queue_face}:flight``
    HASH, one field ``<incarnation> <call> <n>`` → name for each frame in a worker's hands.
``{queue_face}:lost``
    HASH, the same fields, for frames whose worker let its lease end; a late settlement moves them.
``{queue_face}:leases``
    HASH, incarnation → ``<until µs> <last pop> <last settlement> <ended µs or 0>``.
``{queue_face}:claims``
    HASH of 16 one-second buckets of drops that no worker has claimed yet for the scaling signal.
``{queue_face}:bell``
    LIST that idle workers block on; a push rings it.
``{queue_face}:senders``
    HASH, name → ``<epoch> <sequence> <at µs> <answer>``: the last push, to recognise a repeat.
``{queue_face}:door``
    what the list of frames is called while a frame enters it: exists only within a transaction.
``{queue_face}:hand:<incarnation>:<call>:<n>``
    LIST of one frame on its way to a worker, who takes it in the same round trip; expires.

Jobs of the same task, in a slot of their own:

``jobs_face``
    STREAM with one consumer group, ``workers``; an entry is ``id <job id> job <MessagePack>``. The
    consumer ``(free)`` is nobody: it holds what workers gave back, for whoever takes next.
``{jobs_face}:index``
    HASH, one field per job that waits or is worked on, job id → ``<entry> <bytes> <deadline µs>
    <submitted µs> <tries> <holder or -> <client>``.
``{jobs_face}:deadlines``
    SORTED SET of the same job ids by deadline (µs).
``{jobs_face}:books``
    HASH of counters: ``submitted``, ``done``, ``failed``, ``poisoned``, ``expired``, ``withdrawn``,
    ``retried``, ``redelivered``, ``late``, ``foreign``; beside them ``bytes`` waiting or worked on,
    and ``dead_bytes``.
``{jobs_face}:workers``
    SORTED SET of consumers by when they last took (µs).
``{jobs_face}:dead``
    STREAM of dead letters, ``id <job id> reason <text> attempts <n> job <MessagePack>``; expires.
``{jobs_face}:bell``
    LIST that idle workers block on.
``{jobs_face}:replies:<client>``
    STREAM of replies to one client process, ``id <job id> reply <MessagePack>``; expires.
``{jobs_face}:ended:<job id>``
    how the job ended, until nobody can repeat its submission; expires.

Everything else is one key per thing, and expires by itself:

``results:<stream id>``
    PUB/SUB channel of `Result` messages.
``watch:<stream id>``
    exists while somebody wants pixels of that stream.
``streams``, ``stream:<stream id>``
    SORTED SET of heartbeats (µs) and the last `StreamInfo`.
``conflict:<stream id>``
    exists while two live sources push under one name.
``workers``, ``worker:<incarnation>``
    the same for `WorkerInfo`.

What should run, and who may see it (`control.py`):

``streams:wanted``, ``streams:wanted:revision``
    HASH, stream name → `StreamWanted` (with its credentials: this key is for gateway and streams
    alone), and the number of the last change.
``streams:trials``, ``trial:<id>``
    LISTS: `TrialAsked` waiting for a source, and the one `TrialAnswer` to it.
``scaling:events``, ``scaling:limits``
    LIST of the latest `ScalingEvent`, and HASH task → `ScalingLimits`.
``session:<digest>``, ``sessions``
    a signed-in browser of the dashboard, under the SHA-256 of its cookie; and a mark that is gone
    only when Redis lost its data.
"""

from __future__ import annotations

from collections.abc import Callable

from apps.pipeline.messages.stream_id import check_task

__all__ = [
    "JOB_PARTS",
    "LIVE_PARTS",
    "SCALING_EVENTS",
    "SCALING_LIMITS",
    "SESSIONS",
    "STREAMS",
    "TRIALS",
    "WANTED",
    "WANTED_REVISION",
    "WORKERS",
    "KeyOf",
    "conflict",
    "door",
    "hands",
    "job_ended",
    "job_keys",
    "job_replies",
    "jobs",
    "live_keys",
    "queue",
    "results",
    "session",
    "stream",
    "trial",
    "watch",
    "worker",
]

KeyOf = Callable[[str], str]

STREAMS = "streams"
WORKERS = "workers"
WANTED = "streams:wanted"
WANTED_REVISION = "streams:wanted:revision"
TRIALS = "streams:trials"
SCALING_EVENTS = "scaling:events"
SCALING_LIMITS = "scaling:limits"
SESSIONS = "sessions"

#: What stands beside the list of frames, in the order in which the scripts unpack their KEYS.
LIVE_PARTS = ("index", "ledger", "flight", "lost", "leases", "claims", "bell", "senders")
#: What stands beside the stream of jobs, in the order in which the scripts unpack their KEYS.
JOB_PARTS = ("index", "deadlines", "books", "workers", "dead", "bell")


def queue(task: str) -> str:
    """The list of frames of a task."""
    return f"queue_{check_task(task)}"


def live_keys(task: str) -> list[str]:
    """KEYS of every live script: the list of frames, then `LIVE_PARTS`."""
    name = queue(task)
    return [name, *(f"{{{name}}}:{part}" for part in LIVE_PARTS)]


def door(task: str) -> str:
    """What the list of frames is called while a frame enters it."""
    return f"{{{queue(task)}}}:door"


def hands(task: str, incarnation: str, call: int, count: int) -> list[str]:
    """Lists of one frame each, on their way to a worker; each call has its own."""
    hand = f"{{{queue(task)}}}:hand:{incarnation}:{call}"
    return [f"{hand}:{place}" for place in range(1, count + 1)]


def jobs(task: str) -> str:
    """The stream of jobs of a task."""
    return f"jobs_{check_task(task)}"


def job_keys(task: str) -> list[str]:
    """The KEYS that every job script begins with: the stream of jobs, then `JOB_PARTS`."""
    name = jobs(task)
    return [name, *(f"{{{name}}}:{part}" for part in JOB_PARTS)]


def job_replies(task: str, client: str) -> str:
    """The stream of replies to one client process."""
    return f"{{{jobs(task)}}}:replies:{client}"


def job_ended(task: str, job_id: str) -> str:
    """Where the end of a job is remembered."""
    return f"{{{jobs(task)}}}:ended:{job_id}"


def results(stream_id: str) -> str:
    """The pub/sub channel of a stream's results."""
    return f"results:{stream_id}"


def watch(stream_id: str) -> str:
    """The key that exists while somebody wants pixels of the stream."""
    return f"watch:{stream_id}"


def stream(stream_id: str) -> str:
    """Where the stream's last heartbeat is."""
    return f"stream:{stream_id}"


def worker(incarnation: str) -> str:
    """Where the worker's last heartbeat is."""
    return f"worker:{incarnation}"


def conflict(stream_id: str) -> str:
    """The key that exists while two live sources push under the stream's name."""
    return f"conflict:{stream_id}"


def trial(trial_id: str) -> str:
    """Where the answer to a trial is put."""
    return f"trial:{trial_id}"


def session(digest: str) -> str:
    """A signed-in browser, under the SHA-256 of its cookie."""
    return f"session:{digest}"
