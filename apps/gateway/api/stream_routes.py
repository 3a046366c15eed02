"""`/api/streams`: adding, changing, trying and removing streams at run time.

The gateway writes the wanted streams to Redis, and the streams service runs them
(`apps/pipeline/registry/wanted_streams.py`).
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import TYPE_CHECKING

import msgspec
from msgspec import UNSET
from quart import Response

from apps.gateway.api import answers, bodies
from apps.gateway.api.inference_routes import InferenceRoutes, describe
from apps.gateway.api.rest_call import RestCall, json_response
from apps.gateway.api.upload_routes import PREFIX, UploadRoutes
from apps.gateway.http.problem import ProblemError
from apps.gateway.settings import GatewaySettings
from apps.gateway.state.current_state import CurrentState
from apps.gateway.state.snapshot import config_of, expected
from apps.pipeline.messages import stream_id
from apps.pipeline.registry import trials
from apps.pipeline.registry.control import StreamWanted
from apps.pipeline.registry.wanted_streams import WantedStreams
from apps.runtime import addresses
from apps.runtime.errors import JobError, SourceError, WireError

if TYPE_CHECKING:
    from redis.asyncio import Redis

__all__ = ["StreamRoutes"]

#: Streams added at run time, at most.
_MAX_STREAMS = 500
#: Time for a source to deliver its first picture.
_TRIAL_SECONDS = 15.0
#: Time for the look-up of a host name.
_LOOKUP_SECONDS = 5.0

_NO_WORKER = "No worker serves this task at the moment"

_CAMERA = re.compile(r"camera:\d{1,3}\Z")
_SYNTHETIC = re.compile(r"synthetic:[A-Za-z0-9_.=&?,x%+-]{0,200}\Z")


class StreamRoutes:
    """Answers the routes that change streams; `refresh` updates the state after a change.

    The time-out of `redis` must be longer than a trial.
    """

    def __init__(
        self,
        redis: Redis,
        state: CurrentState,
        refresh: Callable[[], Awaitable[None]],
        settings: GatewaySettings,
        uploads: UploadRoutes,
        inference: InferenceRoutes,
    ) -> None:
        self._redis = redis
        self._state = state
        self._refresh = refresh
        self._allow = settings.allow_addresses
        self._wanted = WantedStreams(redis)
        self._uploads = uploads
        self._inference = inference

    async def add_stream(self, call: RestCall) -> Response:
        """`POST /api/streams`."""
        config = await call.request.read_json(bodies.StreamConfig)
        wanted = StreamWanted(
            name=_name(config.name),
            tasks=tuple(dict.fromkeys(config.tasks)),
            source=await self._source(config.source),
            fps=config.fps,
            allow=self._allow,
        )
        self._check_free(wanted.name)
        if len(self._state.snapshot.wanted) >= _MAX_STREAMS:
            raise ProblemError(409, f"There are {_MAX_STREAMS} streams: remove one first")
        if not await self._wanted.add(wanted):
            raise _taken(wanted.name)
        await self._refresh()
        streams = [self._shown(wanted, task) for task in wanted.tasks]
        return json_response(answers.Added(streams=streams), HTTPStatus.CREATED)

    async def change_stream(self, call: RestCall) -> Response:
        """`PATCH /api/streams/<id>`."""
        before = await self._find(call.parts["id"])
        change = await call.request.read_json(bodies.StreamChange)
        after = await self._changed(before, change)
        if after.name == before.name:
            after = await self._wanted.replace(after)
        else:
            self._check_free(after.name)
            if not await self._wanted.add(after):
                raise _taken(after.name)
            await self._wanted.remove(before.name)
        if after.source != before.source:
            await self._drop_upload(before.source)
        await self._refresh()
        return json_response(self._detail(call.parts["id"], after))

    async def remove_stream(self, call: RestCall) -> Response:
        """`DELETE /api/streams/<id>`."""
        wanted = await self._find(call.parts["id"])
        await self._wanted.remove(wanted.name)
        await self._drop_upload(wanted.source)
        await self._refresh()
        return Response(b"", HTTPStatus.NO_CONTENT)

    async def try_stream(self, call: RestCall) -> Response:
        """`POST /api/streams/try`."""
        config = await call.request.read_json(bodies.StreamConfig)
        for task in config.tasks:
            self._inference.check_task(task)
        source = await self._source(config.source)
        found = await trials.ask(
            self._redis, source, now=self._state.now(), seconds=_TRIAL_SECONDS, allow=self._allow
        )
        if found is None:
            raise ProblemError(503, "No streams service responds: start one", retry_after=5)
        if found.jpeg is None:
            raise ProblemError(422, addresses.without_credentials(found.error))
        results, problems = await self._infer(config.tasks, found.jpeg)
        trial = answers.Trial(
            width=found.width, height=found.height, jpeg=found.jpeg,
            opened_ms=round(found.opened_ms, 1), results=results, problems=problems,
        )  # fmt: skip
        return json_response(trial)

    async def _infer(
        self, tasks: list[str], jpeg: bytes
    ) -> tuple[list[answers.Inference], dict[str, str]]:
        served = self._state.snapshot.tasks
        problems = {task: _NO_WORKER for task in tasks if not served[task].workers}
        asked = [task for task in dict.fromkeys(tasks) if task not in problems]
        outcomes = await asyncio.gather(
            *(self._inference.result_of(task, jpeg) for task in asked), return_exceptions=True
        )
        results = []
        for task, outcome in zip(asked, outcomes, strict=True):
            if isinstance(outcome, JobError):
                problems[task] = str(outcome)
            elif isinstance(outcome, BaseException):
                raise outcome
            else:
                results.append(describe(outcome))
        return results, problems

    async def _source(self, source: str) -> str:
        """The source that the streams service opens.

        Raises:
            ProblemError: 422 with the reason if it must not or cannot be opened.
        """
        try:
            if source.startswith(PREFIX):
                return await asyncio.to_thread(self._uploads.path_of, source)
            if _CAMERA.match(source) or _SYNTHETIC.match(source):
                return source
            async with asyncio.timeout(_LOOKUP_SECONDS):
                await asyncio.to_thread(addresses.check, source, self._allow)
        except SourceError as error:
            raise ProblemError(422, str(error)) from error
        except TimeoutError:
            raise ProblemError(422, "The host name cannot be looked up") from None
        return source

    async def _find(self, identity: str) -> StreamWanted:
        try:
            name, _ = stream_id.split(identity)
            wanted = await self._wanted.get(name)
        except WireError:
            wanted = None
        if wanted is not None:
            return wanted
        if identity in self._state.snapshot.streams:
            raise ProblemError(
                409, "This stream was not added here: change it where it was started"
            )
        raise ProblemError(404, "The stream does not exist or was removed")

    async def _changed(self, before: StreamWanted, change: bodies.StreamChange) -> StreamWanted:
        source, allow = before.source, before.allow
        if change.source is not UNSET and change.source != config_of(before).source:
            source = await self._source(addresses.inherit(change.source, before.source))
            allow = self._allow
        return msgspec.structs.replace(
            before,
            name=before.name if change.name is UNSET else _name(change.name),
            tasks=before.tasks if change.tasks is UNSET else tuple(dict.fromkeys(change.tasks)),
            source=source,
            allow=allow,
            fps=before.fps if change.fps is UNSET else change.fps,
            paused=before.paused if change.paused is UNSET else change.paused,
        )

    async def _drop_upload(self, source: str) -> None:
        used = {wanted.source for wanted in await self._wanted.all()}
        if source.startswith("/") and source not in used:
            await asyncio.to_thread(self._uploads.delete, source)

    def _check_free(self, name: str) -> None:
        for stream in self._state.snapshot.streams.values():
            if stream.name == name and not stream.managed and stream.state != "offline":
                raise _taken(name)

    def _shown(self, wanted: StreamWanted, task: str) -> answers.Stream:
        known = self._state.snapshot.streams.get(stream_id.join(wanted.name, task))
        return known or expected(wanted, task, self._state.now())

    def _detail(self, identity: str, wanted: StreamWanted) -> answers.StreamDetail:
        ids = {stream_id.join(wanted.name, task): task for task in wanted.tasks}
        shown = identity if identity in ids else next(iter(ids))
        detail = self._state.snapshot.detail(shown, admin=True)
        if detail is not None:
            return msgspec.structs.replace(detail, config=config_of(wanted))
        now = self._state.now()
        fields = msgspec.structs.asdict(expected(wanted, ids[shown], now))
        return answers.StreamDetail(
            **fields, now=now, ledger=None, at_source=None, config=config_of(wanted)
        )


def _name(name: str) -> str:
    try:
        return stream_id.check_name(name)
    except WireError as error:
        raise ProblemError(400, str(error)) from error


def _taken(name: str) -> ProblemError:
    return ProblemError(409, f"The name {name!r} is taken: choose another")
