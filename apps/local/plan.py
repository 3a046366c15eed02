"""The plan of a local run, made before any process starts: tasks, models, streams, limits."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from apps.local.arguments import LocalRun
from apps.local.models.download import RetryPolicy, fetch
from apps.local.models.model_files import choose, model_files
from apps.local.processes.cores import default_max_workers
from apps.local.streams_file import ListedStream, read_streams
from apps.pipeline.messages.stream_id import check_task
from apps.pipeline.registry.control import StreamWanted
from apps.runtime.cpu_quota import allowed_cores
from apps.runtime.errors import DownloadError, ModelError, SettingsError, SourceError
from apps.scaling.hpa_algorithm import workers_text
from apps.scaling.hpa_manifest import load_policy
from apps.scaling.hpa_policy import HpaPolicy
from apps.streams.source_spec import FileSpec, ImagesSpec, SourceSpec, parse_source
from apps.vision.models.catalogue import (
    MODELS,
    ResolvedModel,
    better,
    fallback,
    load_tasks,
    resolve,
)
from apps.vision.models.haar import HaarCascade

__all__ = ["LocalPlan", "make_plan"]

#: Source, task and model of a run without options. The model is part of the repository and was
#: trained on synthetic streets.
SAMPLE, SAMPLE_TASK, SAMPLE_MODEL = "synthetic:street", "object", "ei-street-detector"
#: Short, because the user waits for the first detections.
_RETRIES = RetryPolicy(attempts=2, seconds=5.0, pause=lambda _: time.sleep(0.5))


@dataclass(frozen=True)
class LocalPlan:
    """Everything that a local run starts."""

    tasks: tuple[str, ...]  #: task names
    streams: tuple[StreamWanted, ...]  #: streams to register
    #: arguments of `python -m apps.inference` by task
    worker_arguments: Mapping[str, Sequence[str]]
    policy: HpaPolicy  #: policy of the autoscaler
    most: int  #: maximum number of workers for all tasks together


def make_plan(run: LocalRun, say: Callable[[str], None]) -> LocalPlan:
    """Make the plan of a run; missing models are downloaded.

    Args:
        run: options of the command line.
        say: prints a message to the user.

    Raises:
        SettingsError: A stream, task or limit is invalid.
        SourceError: A source is not a valid address, or its file does not exist.
        ModelError: A task has neither a model nor a built-in engine.
    """
    listed = _listed(run)
    if not listed:
        say(f"No source given; playing the sample {SAMPLE}")
        run, listed = _sample(run), (ListedStream(source=SAMPLE),)
    tasks = _tasks(run, listed)
    arguments = {task: _worker_arguments(run, task, say) for task in tasks}
    most = run.max_workers or default_max_workers(allowed_cores(), run.cores_per_worker, len(tasks))
    return LocalPlan(
        tasks=tasks,
        streams=tuple(_wanted(listed, run.tasks or tasks)),
        worker_arguments=arguments,
        policy=_policy(run, most, len(tasks)),
        most=most,
    )


def _listed(run: LocalRun) -> tuple[ListedStream, ...]:
    from_file = read_streams(run.config) if run.config is not None else ()
    named = tuple(ListedStream(source=source) for source in run.sources)
    return named + from_file


def _sample(run: LocalRun) -> LocalRun:
    """The run with the task and model of the sample, unless the options name others."""
    if run.tasks or run.model or run.models:
        return run
    return dataclasses.replace(run, tasks=(SAMPLE_TASK,), model=SAMPLE_MODEL)


def _tasks(run: LocalRun, listed: Sequence[ListedStream]) -> tuple[str, ...]:
    of_streams = [task for stream in listed for task in stream.tasks]
    if any(not stream.tasks for stream in listed) and not run.tasks:
        of_streams.append("people")
    tasks = tuple(dict.fromkeys(check_task(task) for task in (*run.tasks, *of_streams)))
    known = load_tasks(MODELS / "tasks.yaml")
    for task in tasks:
        if task not in known and not run.model:
            raise SettingsError(f"{task}: Unknown task; known tasks are {', '.join(sorted(known))}")
    return tasks


def _worker_arguments(run: LocalRun, task: str, say: Callable[[str], None]) -> list[str]:
    folders = [run.models] if run.models else []
    arguments = [text for folder in folders for text in ("--models", str(folder.resolve()))]
    if run.model:
        _introduce(task, resolve(task, folders, model=run.model), folders, say)
        return [*arguments, "--model", run.model]
    missing = _missing(run, task, folders, say)
    if not missing:
        _introduce(task, resolve(task, folders), folders, say)
        return arguments
    engine = fallback(task)
    if engine is None:
        raise ModelError(missing)
    say(f"{missing}. Using {engine.name}, which needs no download")
    return [*arguments, "--model", engine.name]


def _missing(run: LocalRun, task: str, folders: Sequence[Path], say: Callable[[str], None]) -> str:
    """Why the task has no model even after a download; empty if it has one."""
    missing = _not_here(task, folders)
    if not missing or run.models is not None:
        return missing
    try:
        for choice in choose([task], [], []):
            files = model_files(choice, MODELS, run.mirror)
            size = sum(file.size for file in files) / 1e6
            say(f"{task}: Downloading {choice.manifest.name} {choice.precision}, {size:.1f} MB")
            for wanted in files:
                fetch(wanted, patience=_RETRIES)
    except DownloadError as error:
        return f"{task}: No model is available and the download failed ({error})"
    return _not_here(task, folders)


def _introduce(
    task: str, used: ResolvedModel, folders: Sequence[Path], say: Callable[[str], None]
) -> None:
    """Tell the user that a better model than the included one can be downloaded."""
    download = better(task, used, folders)
    if download:
        say(
            f"{task}: Using the included model. For real pictures download a better one, "
            f"{download}: `tools/download-models.sh --task {task}`"
        )


def _not_here(task: str, folders: Sequence[Path]) -> str:
    """Why the task has no model; empty if it has one. Built-in engines do not count."""
    try:
        found = resolve(task, folders)
    except ModelError as error:
        return str(error)
    if not isinstance(found, HaarCascade):
        return ""
    return f"{task}: No model is available; run `tools/download-models.sh --task {task}`"


def _wanted(listed: Sequence[ListedStream], tasks: tuple[str, ...]) -> list[StreamWanted]:
    taken: set[str] = set()
    wanted = []
    for stream in listed:
        spec = parse_source(stream.source)
        name = _free_name(stream.name or spec.default_name, taken)
        taken.add(name)
        wanted.append(
            StreamWanted(
                name=name,
                tasks=stream.tasks or tasks,
                source=_absolute(spec, stream.source),
                fps=stream.fps,
                allow=("0.0.0.0/0", "::/0"),
            )
        )
    return wanted


def _absolute(spec: SourceSpec, source: str) -> str:
    """The source with an absolute path, for a process in another folder."""
    if not isinstance(spec, FileSpec | ImagesSpec):
        return source
    path = Path(spec.path).expanduser().resolve()
    if not path.exists():
        raise SourceError(f"{source}: File or folder not found")
    return str(path)


def _free_name(name: str, taken: set[str]) -> str:
    number, free = 2, name
    while free in taken:
        free, number = f"{name}-{number}", number + 1
    return free


def _policy(run: LocalRun, most: int, tasks: int) -> HpaPolicy:
    policy = load_policy(run.hpa)
    least = run.min_workers or policy.min_replicas
    if least * tasks > most:
        raise SettingsError(
            f"{tasks} tasks with at least {workers_text(least)} each need more than the "
            f"{workers_text(most)} allowed: raise --max-workers"
        )
    largest = min(policy.max_replicas, most - least * (tasks - 1))
    return dataclasses.replace(policy, min_replicas=least, max_replicas=largest)
