"""Wording that the repository does not use is found; plain wording passes."""

from pathlib import Path

import pytest

from tools.checks import prose

BAD = {
    "who": "Who asks for fewer frames gets fewer.",
    "whoever": "The queue serves whoever comes first.",
    "nobody": "The result is sent to nobody.",
    "what-subject": "What the worker reports is published.",
    "is-no": "The message is no valid map.",
    "of-ours": "It is a model of ours.",
    "own-of": "Write a producer of your own.",
    "anew": "The worker starts anew.",
    "of-now": "The data is not of now.",
    "for-ever": "It retries for\never.",
    "for-because": "The test fails, for it waits.",
    "inverted": "Neither is an error.",
}
GOOD = """\
There is no worker. The frame is no longer valid; it is no more than two seconds old.
Users who have a session may watch. Who may read this? What is a job?
Retry until the queue is empty: `nobody` is a code word here.
"""


@pytest.fixture
def page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(prose, "ROOT", tmp_path)
    return tmp_path / "page.md"


@pytest.mark.parametrize("name", BAD)
def test_each_pattern_finds_its_wording(page: Path, name: str) -> None:
    page.write_text(BAD[name])
    assert [line.split(": ")[1] for line in prose.findings(page)] == [name]


def test_plain_wording_passes(page: Path) -> None:
    page.write_text(GOOD)
    assert list(prose.findings(page)) == []


def test_a_finding_names_the_file_and_the_line(page: Path) -> None:
    page.write_text("First line.\n\nThe cookie is nobody's.\n")
    assert [line.partition(": ")[0] for line in prose.findings(page)] == ["page.md:3"]


def test_a_code_block_is_not_prose(page: Path) -> None:
    page.write_text("Run this:\n\n```sh\nchown nobody file\n```\n")
    assert list(prose.findings(page)) == []


def test_a_long_line_is_found_unless_it_is_a_table_row(page: Path) -> None:
    page.write_text(f"{'word ' * 30}\n\n| {'cell ' * 30} |\n")
    assert [line.partition(": ")[0] for line in prose.findings(page)] == ["page.md:1"]


def test_comments_and_strings_of_python_are_read_and_identifiers_are_not(page: Path) -> None:
    module = page.with_suffix(".py")
    module.write_text('nobody = 1  # mend it\n"""Waits for ever."""\n')
    assert {line.split(": ")[1] for line in prose.findings(module)} == {"mend", "for-ever"}


def test_an_error_text_begins_with_a_capital(page: Path) -> None:
    module = page.with_suffix(".py")
    module.write_text('raise ValueError("the queue is full")\nraise ValueError("max_fps is 0")\n')
    found = list(prose.findings(module))
    assert [line.split(": ")[:2] for line in found] == [["page.py:1", "small-letter"]]


def test_comments_of_shell_scripts_are_joined_over_lines(page: Path) -> None:
    script = page.with_suffix(".sh")
    script.write_text("#!/bin/sh\n# The script waits for\n# ever.\nsleep 1\n")
    assert [line.split(": ")[:2] for line in prose.findings(script)] == [["page.sh:2", "for-ever"]]
