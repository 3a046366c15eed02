"""Routes of dead letters: list, look at a picture, retry, discard. For admins."""

from __future__ import annotations

import re
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING

from quart import Response

from apps.gateway.api import answers
from apps.gateway.api.inference_routes import InferenceRoutes, describe, job_problem
from apps.gateway.api.rest_call import RestCall, json_response
from apps.gateway.http.problem import ProblemError
from apps.pipeline.job_queue.dead_letters import MAX_PAGE, DeadLetters
from apps.pipeline.messages.job import Job
from apps.runtime.errors import JobError, JobReason

if TYPE_CHECKING:
    from redis.asyncio import Redis

__all__ = ["DeadLetterRoutes"]

_DEFAULT_PAGE = 20
_ID = re.compile(r"\d{1,20}-\d{1,20}\Z")


@dataclass(frozen=True)
class DeadLetterRoutes:
    """Answers `/api/tasks/<task>/dead-letters`."""

    redis: Redis
    inference: InferenceRoutes  #: knows the tasks, and infers a picture again

    async def list_dead_letters(self, call: RestCall) -> Response:
        """`GET /api/tasks/<task>/dead-letters`."""
        letters, limit = self._letters(call), call.request.args.get("limit", str(_DEFAULT_PAGE))
        before = call.request.args.get("before", "")
        if not (limit.isascii() and limit.isdigit() and 1 <= int(limit) <= MAX_PAGE):
            raise ProblemError(400, f"Send `limit` as a number from 1 to {MAX_PAGE}")
        if before and not _ID.match(before):
            raise ProblemError(400, "Send `before` as the id of a dead letter")
        page = await letters.page(int(limit), before)
        listed = [
            answers.DeadLetterItem(
                id=letter.id, job=letter.job_id, reason=letter.reason, attempts=letter.attempts,
                at=letter.at, bytes=letter.bytes,
            )
            for letter in page
        ]  # fmt: skip
        more = len(page) == int(limit)
        return json_response(
            answers.DeadLetterList(letters=listed, next=page[-1].id if more else None)
        )

    async def show_dead_letter_picture(self, call: RestCall) -> Response:
        """`GET /api/tasks/<task>/dead-letters/<id>/picture`."""
        job = await self._read(call)
        kind = "image/png" if job.data.startswith(b"\x89PNG") else "image/jpeg"
        return Response(job.data, content_type=kind)

    async def retry_dead_letter(self, call: RestCall) -> Response:
        """`POST /api/tasks/<task>/dead-letters/<id>/retry`.

        A picture that is given up once more is a new dead letter and replaces this one.
        """
        job = await self._read(call)
        try:
            result = await self.inference.result_of(call.parts["task"], job.data)
        except JobError as error:
            if error.reason is JobReason.POISON:
                await self._letters(call).discard(call.parts["id"])
            raise job_problem(error) from error
        await self._letters(call).discard(call.parts["id"])
        return json_response(describe(result))

    async def discard_dead_letter(self, call: RestCall) -> Response:
        """`DELETE /api/tasks/<task>/dead-letters/<id>`."""
        letters = self._letters(call)
        if not _ID.match(call.parts["id"]) or not await letters.discard(call.parts["id"]):
            raise _missing()
        return Response(b"", HTTPStatus.NO_CONTENT)

    async def _read(self, call: RestCall) -> Job:
        letters = self._letters(call)
        job = await letters.read(call.parts["id"]) if _ID.match(call.parts["id"]) else None
        if job is None:
            raise _missing()
        return job

    def _letters(self, call: RestCall) -> DeadLetters:
        self.inference.check_task(call.parts["task"])
        return DeadLetters(self.redis, call.parts["task"])


def _missing() -> ProblemError:
    return ProblemError(404, "The dead letter does not exist or was removed")
