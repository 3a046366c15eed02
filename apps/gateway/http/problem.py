"""Errors of HTTP: one type to raise, one body to send (RFC 9457, problem details)."""

from __future__ import annotations

import math
from collections.abc import Mapping
from http import HTTPStatus
from typing import Annotated

from msgspec import Meta, Struct

from apps.pipeline.messages import wire
from apps.runtime.errors import ElasticError

__all__ = ["MEDIA_TYPE", "Problem", "ProblemError"]

MEDIA_TYPE = "application/problem+json"


class Problem(Struct, frozen=True, kw_only=True):
    """Body of every error response (RFC 9457)."""

    type: Annotated[str, Meta(description="Always about:blank: the status tells the kind.")]
    title: Annotated[str, Meta(description="The phrase of the status.")]
    status: int
    detail: Annotated[str, Meta(description="What is wrong, and what to do about it.")]
    error: Annotated[str, Meta(description="The same as detail, for clients of older versions.")]


class ProblemError(ElasticError):
    """A request that is answered with an error.

    Attributes:
        status: HTTP status.
        headers: further headers of the response.
    """

    def __init__(
        self,
        status: int,
        detail: str,
        *,
        retry_after: float | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(detail)
        self.status = HTTPStatus(status)
        self.headers = dict(headers or {})
        if retry_after is not None:
            self.headers["Retry-After"] = str(max(1, math.ceil(retry_after)))

    @property
    def body(self) -> bytes:
        """The problem details as JSON."""
        problem = Problem(
            type="about:blank",
            title=self.status.phrase,
            status=int(self.status),
            detail=str(self),
            error=str(self),
        )
        return wire.to_json(problem)
