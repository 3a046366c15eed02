"""The command line of the local runner: what it means, and one clear line when it means nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from apps.local.arguments import LocalRun, parse_arguments


def test_nothing_is_needed() -> None:
    assert parse_arguments([]) == LocalRun()


def test_tasks_are_named_once_each_and_sources_come_in_any_place(tmp_path: Path) -> None:
    line = f"--task face a.mp4 --task people --task face --models {tmp_path} --duration 2.5"
    run = parse_arguments(line.split())
    assert run.tasks == ("face", "people")
    assert run.sources == ("a.mp4",)
    assert run.models == tmp_path
    assert run.duration == 2.5


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("--duration soon", "--duration: soon: write a number above 0"),
        ("--duration nan", "--duration: nan: write a number above 0"),
        ("--time-scale 0", "--time-scale: 0: write a number above 0"),
        ("--max-workers 1.5", "--max-workers: 1.5: write a whole number of 1 or more"),
        ("--min-workers 0", "--min-workers: 0: write a whole number of 1 or more"),
        ("--min-workers 3 --max-workers 2", "--min-workers is larger than --max-workers"),
        ("--port 70000", "--port: 70000 is not a port: write a number up to 65535"),
        ("--port http", "--port: http is not a port"),
        ("--config nowhere.yaml", "--config nowhere.yaml: there is no such file"),
        ("--models nowhere", "--models nowhere: there is no such folder"),
        ("--dur 3", "unrecognized arguments: --dur"),
    ],
)
def test_what_makes_no_sense_ends_with_code_2_and_says_what_to_write(
    line: str, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        parse_arguments(line.split())
    assert ended.value.code == 2
    assert said in capsys.readouterr().err.splitlines()[-1]


def test_help_names_every_kind_of_source_and_every_default(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(SystemExit):
        parse_arguments(["--help"])
    text = " ".join(capsys.readouterr().out.split())
    for words in ("camera:0", "rtsp://", "folder of pictures", "(people)", "(8080;", "(1)"):
        assert words in text
