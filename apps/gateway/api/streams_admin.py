"""Adding, changing, trying and removing streams at run time.

What admins want is written down, and the streams service makes it so
(`apps/pipeline/registry/wanted_streams.py`).
"""

from __future__ import annotations

import asyncio
import re
from http import HTTPStatus
from typing import TYPE_CHECKING

import msgspec
from msgspec import UNSET

from apps.gateway.api import answers, bodies
from apps.gateway.api.pictures import Pictures, describe
from apps.gateway.api.uploads import PREFIX, Uploads
from apps.gateway.http.app import Call
from apps.gateway.http.asgi import Answer, RefusedError
from apps.gateway.http.rest import Known
from apps.gateway.settings import GatewaySettings
from apps.gateway.state.snapshot import config_of, expected
from apps.pipeline.messages import stream_id
from apps.pipeline.registry import trials
from apps.pipeline.registry.control import StreamWanted
from apps.pipeline.registry.wanted_streams import WantedStreams
from apps.runtime import addresses
from apps.runtime.clock import RedisClock
from apps.runtime.errors import JobError, SourceError, WireError

if TYPE_CHECKING:
    from redis.asyncio import Redis

__all__ = ["StreamsAdmin"]

#: Wanted streams at most.
_MOST = 500
#: How long a source may take to give its first picture.
_TRIAL_SECONDS = 15.0
#: How long the name of a host may take to be looked up.
_LOOKUP_SECONDS = 5.0

_NOBODY = "no worker serves this task at the moment"

_CAMERA = re.compile(r"camera:\d{1,3}\Z")
_SYNTHETIC = re.compile(r"synthetic:[A-Za-z0-9_.=&?,x%+-]{0,200}\Z")


class StreamsAdmin:
    """Answers the routes that change streams.

    Args:
        redis: where wanted streams are written down, and pictures of trials come from; its
            answers may take a while.
        clock: Redis' clock.
        known: what there is.
        settings: which addresses may be opened.
        uploads: the folder of uploaded videos.
        pictures: infers the pictures of trials.
    """

    def __init__(
        self,
        redis: Redis,
        clock: RedisClock,
        known: Known,
        settings: GatewaySettings,
        uploads: Uploads,
        pictures: Pictures,
    ) -> None:
        self._redis = redis
        self._clock = clock
        self._known = known
        self._allow = settings.allow_addresses
        self._wanted = WantedStreams(redis)
        self._uploads = uploads
        self._pictures = pictures

    async def add(self, call: Call) -> Answer:
        """`POST /api/streams`."""
        config = await call.request.json(bodies.StreamConfig)
        wanted = StreamWanted(
            name=_name(config.name),
            tasks=tuple(dict.fromkeys(config.tasks)),
            source=await self._source(config.source),
            fps=config.fps,
            allow=self._allow,
        )
        self._check_free(wanted.name)
        if len(self._known.snapshot.wanted) >= _MOST:
            raise RefusedError(HTTPStatus.CONFLICT, f"there are {_MOST} streams: remove one first")
        if not await self._wanted.add(wanted):
            raise _taken(wanted.name)
        await self._known.refresh()
        streams = [self._shown(wanted, task) for task in wanted.tasks]
        return Answer.json(answers.Added(streams=streams), HTTPStatus.CREATED)

    async def change(self, call: Call) -> Answer:
        """`PATCH /api/streams/<id>`."""
        before = await self._find(call.parts["id"])
        change = await call.request.json(bodies.StreamChange)
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
        await self._known.refresh()
        return Answer.json(self._detail(call.parts["id"], after))

    async def remove(self, call: Call) -> Answer:
        """`DELETE /api/streams/<id>`."""
        wanted = await self._find(call.parts["id"])
        await self._wanted.remove(wanted.name)
        await self._drop_upload(wanted.source)
        await self._known.refresh()
        return Answer(status=HTTPStatus.NO_CONTENT)

    async def try_out(self, call: Call) -> Answer:
        """`POST /api/streams/try`."""
        config = await call.request.json(bodies.StreamConfig)
        for task in config.tasks:
            self._pictures.check_task(task)
        source = await self._source(config.source)
        found = await trials.ask(
            self._redis, source, now=self._clock.now(), seconds=_TRIAL_SECONDS, allow=self._allow
        )
        if found is None:
            raise RefusedError(
                HTTPStatus.SERVICE_UNAVAILABLE, "no streams service answers", retry_after=5
            )
        if found.jpeg is None:
            raise RefusedError(
                HTTPStatus.UNPROCESSABLE_ENTITY, addresses.without_credentials(found.error)
            )
        results, problems = await self._look(config.tasks, found.jpeg)
        trial = answers.Trial(
            width=found.width, height=found.height, jpeg=found.jpeg,
            opened_ms=round(found.opened_ms, 1), results=results, problems=problems,
        )  # fmt: skip
        return Answer.json(trial)

    async def _look(
        self, tasks: list[str], jpeg: bytes
    ) -> tuple[list[answers.Inference], dict[str, str]]:
        served = self._known.snapshot.tasks
        problems = {task: _NOBODY for task in tasks if not served[task].workers}
        asked = [task for task in dict.fromkeys(tasks) if task not in problems]
        outcomes = await asyncio.gather(
            *(self._pictures.result_of(task, jpeg) for task in asked), return_exceptions=True
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
        """What the streams service is to open.

        Raises:
            RefusedError: 422, and why it must not be opened or cannot be.
        """
        try:
            if source.startswith(PREFIX):
                return await asyncio.to_thread(self._uploads.path_of, source)
            if _CAMERA.match(source) or _SYNTHETIC.match(source):
                return source
            async with asyncio.timeout(_LOOKUP_SECONDS):
                await asyncio.to_thread(addresses.check, source, self._allow)
        except SourceError as error:
            raise RefusedError(HTTPStatus.UNPROCESSABLE_ENTITY, str(error)) from error
        except TimeoutError:
            raise RefusedError(
                HTTPStatus.UNPROCESSABLE_ENTITY, "the name of the host cannot be looked up"
            ) from None
        return source

    async def _find(self, identity: str) -> StreamWanted:
        try:
            name, _ = stream_id.split(identity)
            wanted = await self._wanted.get(name)
        except WireError:
            wanted = None
        if wanted is not None:
            return wanted
        if identity in self._known.snapshot.streams:
            raise RefusedError(
                HTTPStatus.CONFLICT,
                "this stream was not added here: change it where it was started",
            )
        raise RefusedError(HTTPStatus.NOT_FOUND, "there is no such stream (any more)")

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
        still = {wanted.source for wanted in await self._wanted.all()}
        if source.startswith("/") and source not in still:
            await asyncio.to_thread(self._uploads.forget, source)

    def _check_free(self, name: str) -> None:
        for stream in self._known.snapshot.streams.values():
            if stream.name == name and not stream.managed and stream.state != "offline":
                raise _taken(name)

    def _shown(self, wanted: StreamWanted, task: str) -> answers.Stream:
        known = self._known.snapshot.streams.get(stream_id.join(wanted.name, task))
        return known or expected(wanted, task, self._clock.now())

    def _detail(self, identity: str, wanted: StreamWanted) -> answers.StreamDetail:
        ids = {stream_id.join(wanted.name, task): task for task in wanted.tasks}
        shown = identity if identity in ids else next(iter(ids))
        detail = self._known.snapshot.detail(shown, admin=True)
        if detail is not None:
            return msgspec.structs.replace(detail, config=config_of(wanted))
        now = self._clock.now()
        fields = msgspec.structs.asdict(expected(wanted, ids[shown], now))
        return answers.StreamDetail(
            **fields, now=now, ledger=None, at_source=None, config=config_of(wanted)
        )


def _name(name: str) -> str:
    try:
        return stream_id.check_name(name)
    except WireError as error:
        raise RefusedError(HTTPStatus.BAD_REQUEST, str(error)) from error


def _taken(name: str) -> RefusedError:
    return RefusedError(HTTPStatus.CONFLICT, f"the name {name!r} is taken: choose another")
