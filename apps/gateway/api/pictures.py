"""Pictures that somebody wants inferred: jobs of the same workers that serve the streams."""

from __future__ import annotations

import asyncio
from http import HTTPStatus

from apps.gateway.api import answers
from apps.gateway.http.app import Call
from apps.gateway.http.asgi import Answer, RefusedError, Request
from apps.gateway.http.rest import Known
from apps.gateway.settings import GatewaySettings
from apps.pipeline.job_queue.job_client import JobClient
from apps.pipeline.messages import Result
from apps.runtime.errors import JobError, JobReason

__all__ = ["Pictures", "describe", "is_picture", "refused"]

#: Bytes of pictures in memory at most; more would only wait for the same workers.
_MOST_BYTES = 256 << 20
#: What a job has beside its picture, in bytes.
_OVERHEAD = 1024

_STATUS = {
    JobReason.TOO_LARGE: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    JobReason.UNDECODABLE: HTTPStatus.UNPROCESSABLE_ENTITY,
    JobReason.FAILED: HTTPStatus.INTERNAL_SERVER_ERROR,
    JobReason.POISON: HTTPStatus.INTERNAL_SERVER_ERROR,
    JobReason.NO_WORKER: HTTPStatus.SERVICE_UNAVAILABLE,
    JobReason.FULL: HTTPStatus.SERVICE_UNAVAILABLE,
    JobReason.UNREACHABLE: HTTPStatus.SERVICE_UNAVAILABLE,
    JobReason.TIMED_OUT: HTTPStatus.GATEWAY_TIMEOUT,
}


def is_picture(head: bytes) -> bool:
    """Whether bytes that begin like this are a JPEG or a PNG."""
    return head.startswith((b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n"))


def describe(result: Result) -> answers.Inference:
    """A result as REST shows it."""
    return answers.Inference(
        task=result.task,
        model=result.model,
        precision=result.precision,
        device=result.device,
        width=result.width,
        height=result.height,
        detections=list(result.detections),
        timings=result.timings,
    )


def refused(error: JobError) -> RefusedError:
    """A job without a result as REST says it."""
    retry_after = error.retry_after
    if error.reason in {JobReason.NO_WORKER, JobReason.FULL, JobReason.UNREACHABLE}:
        retry_after = retry_after or 1.0
    return RefusedError(_STATUS[error.reason], str(error), retry_after=retry_after)


class Pictures:
    """Answers `POST /api/infer/<task>`.

    Args:
        jobs: where pictures are sent.
        known: which tasks there are.
        settings: bounds of size and time.
    """

    def __init__(self, jobs: JobClient, known: Known, settings: GatewaySettings) -> None:
        self._jobs = jobs
        self._known = known
        self._limit = settings.jobs.job_bytes - _OVERHEAD
        self._seconds = settings.infer_timeout
        self._held = 0

    async def infer(self, call: Call) -> Answer:
        """What the task sees in the picture."""
        task = call.parts["task"]
        self.check_task(task)
        length = call.request.length
        size = self._limit if length is None else min(length, self._limit)
        if self._held + size > _MOST_BYTES:
            raise RefusedError(
                HTTPStatus.SERVICE_UNAVAILABLE, "too many pictures at once", retry_after=1
            )
        self._held += size
        try:
            picture = await call.request.body(self._limit)
            if not is_picture(picture):
                raise RefusedError(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "send a JPEG or a PNG")
            return Answer.json(describe(await self._ask(call.request, task, picture)))
        finally:
            self._held -= size

    def check_task(self, task: str) -> None:
        """Refuse a task that nobody has ever heard of: a queue would be made for it.

        Raises:
            RefusedError: 404.
        """
        tasks = self._known.snapshot.tasks
        if task not in tasks:
            there = ", ".join(tasks) or "none yet"
            raise RefusedError(HTTPStatus.NOT_FOUND, f"there is no such task; there is: {there}")

    async def result_of(self, task: str, picture: bytes) -> Result:
        """The result of one picture.

        Raises:
            JobError: there is none.
        """
        return await self._jobs.submit(task, picture, self._seconds)

    async def _ask(self, request: Request, task: str, picture: bytes) -> Result:
        """The result; the job is withdrawn when the client leaves.

        Raises:
            RefusedError: there is none.
        """
        work = asyncio.create_task(self.result_of(task, picture))
        gone = asyncio.create_task(request.until_gone())
        try:
            await asyncio.wait({work, gone}, return_when=asyncio.FIRST_COMPLETED)
            if not work.done():
                raise RefusedError(HTTPStatus.BAD_REQUEST, "the client left")
            return work.result()
        except JobError as error:
            raise refused(error) from error
        finally:
            for task_ in (work, gone):
                task_.cancel()
            await asyncio.gather(work, gone, return_exceptions=True)
