"""The Redis key schema. Every key name is built here.

Keys of the live queue of a task `face`. In a Redis Cluster they share one slot: Redis hashes the
part in braces, or the whole key if it has no braces.

``queue_face``
    LIST of frames, MessagePack maps, oldest first. Foreign producers only need RPUSH.
``{queue_face}:index``
    LIST, one line per frame that the scripts have counted, in queue order:
    ``<bytes> <arrival µs> <arrival number> <name>``. If the queue is longer than its index, foreign
    producers pushed frames; if it is shorter, a foreign consumer removed frames.
``{queue_face}:ledger``
    HASH of counters: ``pushed|<name>``, ``inferred|<name>``, ``dropped|<reason>|<name>``,
    ``lost|<name>``, ``refused|<reason>|<name>``, ``unbooked``. Further fields: ``id`` (identity of
    the data set), ``bytes`` (in the queue), ``names`` (known streams), ``swept_at``, ``pruned_at``,
    and ``turns`` (the streams served last, in order, while several streams wait).
``{queue_face}:flight``
    HASH, one field ``<incarnation> <call> <n>`` → name for each frame that a worker holds.
``{queue_face}:lost``
    HASH with the same fields, for frames whose worker's lease expired; a late settlement removes
    them.
``{queue_face}:leases``
    HASH, incarnation → ``<until µs> <last pop> <last settlement> <ended µs or 0>``.
``{queue_face}:claims``
    HASH of 16 one-second buckets: drops that no worker has claimed yet for the scaling signal.
``{queue_face}:bell``
    LIST of notifications. Idle workers block on it; a push adds an item.
``{queue_face}:senders``
    HASH, name → ``<epoch> <sequence> <at µs> <answer>``: the last push, to recognise a repeat.
``{queue_face}:door``
    Temporary name of the list of frames while a push adds a frame; exists only in a transaction.
``{queue_face}:hand:<incarnation>:<call>:<n>``
    LIST of one frame in transfer to a worker, which reads it in the same round trip; expires.

Keys of the job queue of the same task, in another slot:

``jobs_face``
    STREAM with one consumer group, ``workers``; an entry is ``id <job id> job <MessagePack>``. The
    consumer ``(free)`` is a placeholder for jobs that workers gave back.
``{jobs_face}:index``
    HASH, one field per job that waits or is in progress, job id → ``<entry> <bytes> <deadline µs>
    <submitted µs> <attempts> <holder or -> <client>``.
``{jobs_face}:deadlines``
    SORTED SET of the same job ids by deadline (µs).
``{jobs_face}:books``
    HASH of counters: ``submitted``, ``done``, ``failed``, ``poisoned``, ``expired``, ``withdrawn``,
    ``retried``, ``redelivered``, ``late``, ``foreign``. Further fields: ``bytes`` (waiting or in
    progress) and ``dead_bytes``.
``{jobs_face}:workers``
    SORTED SET of consumers by the time of their last take (µs).
``{jobs_face}:dead``
    STREAM of dead letters, ``id <job id> reason <text> attempts <n> job <MessagePack>``; expires.
``{jobs_face}:bell``
    LIST of notifications. Idle workers block on it.
``{jobs_face}:replies:<client>``
    STREAM of replies to one client process, ``id <job id> reply <MessagePack>``; expires.
``{jobs_face}:ended:<job id>``
    The outcome of a job, kept until its submission can no longer be repeated; expires.

Keys of results and heartbeats; they expire:

``results:<stream id>``
    PUB/SUB channel of `Result` messages.
``watch:<stream id>``
    Exists while a viewer needs the pictures of the stream.
``streams``, ``stream:<stream id>``
    SORTED SET of stream ids by heartbeat (µs), and the last `StreamInfo` of each.
``conflict:<stream id>``
    Exists while two live sources push under the same stream name.
``workers``, ``worker:<incarnation>``
    SORTED SET of incarnations by heartbeat (µs), and the last `WorkerInfo` of each.

Keys of control messages (`registry/control.py`) and sessions:

``streams:wanted``, ``streams:wanted:revision``
    HASH, stream name → `StreamWanted`, and the number of the last change. The hash contains
    credentials: only the gateway and the streams service may read it.
``streams:trials``, ``trial:<id>``
    LIST of `TrialAsked` that wait for a streams service, and LIST with the `TrialAnswer`.
``scaling:events``, ``scaling:limits``
    LIST of the latest `ScalingEvent`, and HASH task → `ScalingLimits`.
``session:<digest>``, ``sessions``
    A signed-in browser, under the SHA-256 of its cookie; and a marker that is missing only after
    Redis lost its data.
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
    "entrance",
    "job_ended",
    "job_keys",
    "job_replies",
    "jobs",
    "live_keys",
    "queue",
    "results",
    "session",
    "stream",
    "transfers",
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

#: Suffixes of the keys of the live queue, in the order of the KEYS of its scripts.
LIVE_PARTS = ("index", "ledger", "flight", "lost", "leases", "claims", "bell", "senders")
#: Suffixes of the keys of the job queue, in the order of the KEYS of its scripts.
JOB_PARTS = ("index", "deadlines", "books", "workers", "dead", "bell")


def queue(task: str) -> str:
    """Key of the list of frames of a task."""
    return f"queue_{check_task(task)}"


def live_keys(task: str) -> list[str]:
    """The first KEYS of every live script: the list of frames, then `LIVE_PARTS`."""
    name = queue(task)
    return [name, *(f"{{{name}}}:{part}" for part in LIVE_PARTS)]


def entrance(task: str) -> str:
    """Temporary name of the list of frames while a push adds a frame."""
    return f"{{{queue(task)}}}:door"


def transfers(task: str, incarnation: str, call: int, count: int) -> list[str]:
    """Keys of the transfer lists of a worker's pop number `call`: one per wanted frame."""
    prefix = f"{{{queue(task)}}}:hand:{incarnation}:{call}"
    return [f"{prefix}:{place}" for place in range(1, count + 1)]


def jobs(task: str) -> str:
    """Key of the stream of jobs of a task."""
    return f"jobs_{check_task(task)}"


def job_keys(task: str) -> list[str]:
    """The first KEYS of every job script: the stream of jobs, then `JOB_PARTS`."""
    name = jobs(task)
    return [name, *(f"{{{name}}}:{part}" for part in JOB_PARTS)]


def job_replies(task: str, client: str) -> str:
    """Key of the stream of replies to one client process."""
    return f"{{{jobs(task)}}}:replies:{client}"


def job_ended(task: str, job_id: str) -> str:
    """Key of the outcome of a job."""
    return f"{{{jobs(task)}}}:ended:{job_id}"


def results(stream_id: str) -> str:
    """Pub/sub channel of the results of a stream."""
    return f"results:{stream_id}"


def watch(stream_id: str) -> str:
    """Key that exists while a viewer needs the pictures of the stream."""
    return f"watch:{stream_id}"


def stream(stream_id: str) -> str:
    """Key of the last heartbeat of a stream."""
    return f"stream:{stream_id}"


def worker(incarnation: str) -> str:
    """Key of the last heartbeat of a worker."""
    return f"worker:{incarnation}"


def conflict(stream_id: str) -> str:
    """Key that exists while two live sources push under the name of the stream."""
    return f"conflict:{stream_id}"


def trial(trial_id: str) -> str:
    """Key of the answer to a trial."""
    return f"trial:{trial_id}"


def session(digest: str) -> str:
    """Key of a session, from the SHA-256 of its cookie."""
    return f"session:{digest}"
