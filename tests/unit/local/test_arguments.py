"""The command line of the local runner: its options, and one-line errors for invalid ones."""

from __future__ import annotations

from pathlib import Path

import pytest

from apps.local.arguments import LocalRun, parse_arguments


def test_every_option_has_a_default() -> None:
    assert parse_arguments([]) == LocalRun()


def test_repeated_tasks_count_once_and_sources_may_stand_anywhere(tmp_path: Path) -> None:
    line = f"--task face a.mp4 --task people --task face --models {tmp_path} --duration 2.5"
    run = parse_arguments(line.split())
    assert run.tasks == ("face", "people")
    assert run.sources == ("a.mp4",)
    assert run.models == tmp_path
    assert run.duration == 2.5


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("--duration soon", "--duration: soon: Write a number above 0"),
        ("--duration nan", "--duration: nan: Write a number above 0"),
        ("--time-scale 0", "--time-scale: 0: Write a number above 0"),
        ("--max-workers 1.5", "--max-workers: 1.5: Write a whole number of 1 or more"),
        ("--min-workers 0", "--min-workers: 0: Write a whole number of 1 or more"),
        ("--min-workers 3 --max-workers 2", "--min-workers must not be larger than --max-workers"),
        ("--port 70000", "--port: 70000 is not a port: Write a number up to 65535"),
        ("--port http", "--port: http is not a port"),
        ("--config nowhere.yaml", "--config nowhere.yaml: File not found"),
        ("--models nowhere", "--models nowhere: Folder not found"),
        ("--dur 3", "unrecognized arguments: --dur"),
    ],
)
def test_an_invalid_option_ends_with_code_2_and_says_what_to_write(
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
