"""Bodies of REST requests, validated field by field when they are decoded."""

from __future__ import annotations

from typing import Annotated

from msgspec import UNSET, Meta, Struct, UnsetType

__all__ = ["Credentials", "StreamChange", "StreamConfig"]

Name = Annotated[str, Meta(min_length=1, max_length=200)]
TaskName = Annotated[str, Meta(pattern="^[a-z0-9-]+$", max_length=64)]
Fps = Annotated[float, Meta(gt=0, le=240)]


class StreamConfig(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Configuration of a stream; responses never contain its password."""

    name: Name
    tasks: Annotated[list[TaskName], Meta(min_length=1, max_length=16)]
    source: Annotated[
        str,
        Meta(
            min_length=1,
            max_length=2048,
            description="rtsp://, rtsps://, http:// or https:// address, camera:0, synthetic:, or "
            "the file: name of an upload.",
        ),
    ]
    fps: Fps | None = None


class StreamChange(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Any part of a stream's configuration; fields that are left out stay."""

    name: Name | UnsetType = UNSET
    tasks: Annotated[list[TaskName], Meta(min_length=1, max_length=16)] | UnsetType = UNSET
    source: Annotated[str, Meta(min_length=1, max_length=2048)] | UnsetType = UNSET
    fps: Fps | UnsetType | None = UNSET
    paused: bool | UnsetType = UNSET


class Credentials(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`POST /api/session`: a token, or a user and a password."""

    token: Annotated[str, Meta(max_length=512)] | None = None
    user: Annotated[str, Meta(max_length=200)] | None = None
    password: Annotated[str, Meta(max_length=512)] | None = None
