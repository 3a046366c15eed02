"""Makes the source of a spec. Imports the module of a kind only when the kind is used."""

# ruff: noqa: PLC0415 - the imports inside the function are this module's purpose

from __future__ import annotations

from apps.streams.source import Source, SourceOptions
from apps.streams.source_spec import AddressSpec, CameraSpec, FileSpec, ImagesSpec, SourceSpec

__all__ = ["source_of"]


def source_of(spec: SourceSpec, options: SourceOptions) -> Source:
    """The source of a spec, not opened yet."""
    if isinstance(spec, CameraSpec):
        from apps.streams.sources.camera import CameraSource

        path = options.camera_path.replace("{index}", str(spec.index))
        return CameraSource(path, fps=options.fps, width=options.width, height=options.height)
    if isinstance(spec, AddressSpec):
        from apps.streams.sources.address import AddressSource

        return AddressSource(spec, allow=options.allow, fps=options.fps)
    if isinstance(spec, FileSpec):
        from apps.streams.sources.video_file import VideoFileSource

        return VideoFileSource(spec.path, fps=options.fps, loop=options.loop)
    if isinstance(spec, ImagesSpec):
        from apps.streams.sources.images import ImagesSource

        return ImagesSource(spec.path, fps=options.fps, loop=options.loop)
    from apps.streams.sources.synthetic import SyntheticSource

    return SyntheticSource(spec, fps=options.fps)
