"""The source that reads a spec. Each kind's module is imported when it is used."""

# ruff: noqa: PLC0415 - a module per kind of source, imported when used

from __future__ import annotations

from apps.streams.source import Source, Wish
from apps.streams.source_spec import AddressSpec, CameraSpec, FileSpec, ImagesSpec, SourceSpec

__all__ = ["source_of"]


def source_of(spec: SourceSpec, wish: Wish) -> Source:
    """The source that reads the spec."""
    if isinstance(spec, CameraSpec):
        from apps.streams.sources.camera import CameraSource

        path = wish.camera_path.replace("{index}", str(spec.index))
        return CameraSource(path, fps=wish.fps, width=wish.width, height=wish.height)
    if isinstance(spec, AddressSpec):
        from apps.streams.sources.address import AddressSource

        return AddressSource(spec, allow=wish.allow, fps=wish.fps)
    if isinstance(spec, FileSpec):
        from apps.streams.sources.video_file import VideoFileSource

        return VideoFileSource(spec.path, fps=wish.fps, loop=wish.loop)
    if isinstance(spec, ImagesSpec):
        from apps.streams.sources.images import ImagesSource

        return ImagesSource(spec.path, fps=wish.fps, loop=wish.loop)
    from apps.streams.sources.synthetic import SyntheticSource

    return SyntheticSource(spec, fps=wish.fps)
