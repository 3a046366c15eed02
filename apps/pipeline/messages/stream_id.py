"""Names of streams and tasks, and the stream id used in keys, URLs and metric labels."""

from __future__ import annotations

import re
from urllib.parse import quote, unquote

from apps.runtime.errors import WireError

__all__ = ["MAX_NAME_BYTES", "check_name", "check_task", "join", "split"]

#: Longest stream name, in bytes of UTF-8. The scripts of the queue rely on this limit.
MAX_NAME_BYTES = 200

_TASK = re.compile(r"[a-z0-9-]+\Z")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


def check_task(task: str) -> str:
    """The task, unchanged.

    Raises:
        WireError: the task does not match `[a-z0-9-]+`.
    """
    if not _TASK.match(task):
        raise WireError(f"{task!r} is not a task name: use lower-case letters, digits and '-'")
    return task


def check_name(name: str) -> str:
    """The stream name, unchanged.

    Raises:
        WireError: the name is empty, longer than 200 bytes, or has control characters.
    """
    if not name or len(name.encode(errors="surrogatepass")) > MAX_NAME_BYTES:
        raise WireError(f"A stream name has 1 to {MAX_NAME_BYTES} bytes")
    if _CONTROL.search(name):
        raise WireError(f"{name!r} is not a stream name: remove the control characters")
    return name


def join(name: str, task: str) -> str:
    """The stream id of a name and a task.

    >>> join("hall 2:left", "face")
    'hall%202%3Aleft:face'
    """
    return f"{quote(check_name(name), safe='')}:{check_task(task)}"


def split(stream_id: str) -> tuple[str, str]:
    """Name and task of a stream id.

    Raises:
        WireError: the text is not a stream id, as made by `join`.

    >>> split("hall%202%3Aleft:face")
    ('hall 2:left', 'face')
    """
    quoted, colon, task = stream_id.rpartition(":")
    if not colon:
        raise WireError(f"{stream_id!r} is not a stream id: expected <name>:<task>")
    name = unquote(quoted, errors="replace")
    if join(name, task) != stream_id:
        raise WireError(f"{stream_id!r} is not a stream id: the name is not percent-encoded")
    return name, task
