"""`/api/infer/<task>`: one picture, inferred as a job by the workers that serve the streams."""

from __future__ import annotations

import asyncio
from http import HTTPStatus

import msgspec
from quart import Response

from apps.gateway.api import answers
from apps.gateway.api.rest_call import RestCall, json_response
from apps.gateway.http.problem import ProblemError
from apps.gateway.http.quart_app import GatewayRequest
from apps.gateway.settings import GatewaySettings
from apps.gateway.state.current_state import CurrentState
from apps.pipeline.job_queue.job_client import JobClient
from apps.pipeline.messages import Result
from apps.runtime.errors import JobError, JobReason

__all__ = ["InferenceRoutes", "describe", "is_picture", "job_problem"]

#: Bytes of all pictures in memory at most; more would only wait for the same workers.
_MAX_BYTES = 256 << 20
#: Bytes of a job beside its picture.
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
    return msgspec.convert(result, answers.Inference, from_attributes=True)


def job_problem(error: JobError) -> ProblemError:
    """The error response for a job without a result."""
    retry_after = error.retry_after
    if error.reason in {JobReason.NO_WORKER, JobReason.FULL, JobReason.UNREACHABLE}:
        retry_after = retry_after or 1.0
    return ProblemError(_STATUS[error.reason], str(error), retry_after=retry_after)


class InferenceRoutes:
    """Answers `POST /api/infer/<task>`."""

    def __init__(self, jobs: JobClient, state: CurrentState, settings: GatewaySettings) -> None:
        self._jobs = jobs
        self._state = state
        self._limit = settings.jobs.job_bytes - _OVERHEAD
        self._seconds = settings.infer_timeout
        self._bytes_in_memory = 0

    async def infer(self, call: RestCall) -> Response:
        """Answer with what the task detects in the picture."""
        task = call.parts["task"]
        self.check_task(task)
        length = call.request.content_length
        size = self._limit if length is None else min(length, self._limit)
        if self._bytes_in_memory + size > _MAX_BYTES:
            raise ProblemError(
                503, "Too many pictures at once: send fewer, or try again", retry_after=1
            )
        self._bytes_in_memory += size
        try:
            picture = await call.request.read(self._limit)
            if not is_picture(picture):
                raise ProblemError(415, "Send a JPEG or a PNG")
            return json_response(describe(await self._result(call.request, task, picture)))
        finally:
            self._bytes_in_memory -= size

    def check_task(self, task: str) -> None:
        """Refuse a task that does not exist: submitting a job would create its queue.

        Raises:
            ProblemError: 404.
        """
        tasks = self._state.snapshot.tasks
        if task not in tasks:
            known = ", ".join(tasks) or "none yet"
            raise ProblemError(404, f"There is no such task; existing tasks: {known}")

    async def result_of(self, task: str, picture: bytes) -> Result:
        """The result of one picture.

        Raises:
            JobError: the job has no result.
        """
        return await self._jobs.submit(task, picture, self._seconds)

    async def _result(self, request: GatewayRequest, task: str, picture: bytes) -> Result:
        """The result; the job is withdrawn when the client leaves.

        Raises:
            ProblemError: the job has no result.
        """
        work = asyncio.create_task(self.result_of(task, picture))
        gone = asyncio.create_task(request.until_gone())
        try:
            await asyncio.wait({work, gone}, return_when=asyncio.FIRST_COMPLETED)
            if not work.done():
                raise ProblemError(400, "The client left")
            return work.result()
        except JobError as error:
            raise job_problem(error) from error
        finally:
            for unfinished in (work, gone):
                unfinished.cancel()
            await asyncio.gather(work, gone, return_exceptions=True)
