"""The lock files agree with the dependencies of pyproject.toml. Nothing is downloaded."""

from __future__ import annotations

import json
import re
import tomllib
from dataclasses import dataclass
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

import apps

ROOT = Path(__file__).resolve().parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
#: Lock file -> extras that it holds.
LOCKS = {
    "requirements.txt": ("vision", "gateway", "local", "evaluation"),
    "tests/requirements.txt": ("vision", "gateway", "local", "evaluation", "dev"),
    "container/control/requirements.txt": ("gateway",),
    "container/vision/requirements.txt": ("vision",),
}
_PIN = re.compile(r"(?P<name>[A-Za-z0-9._-]+)==(?P<version>[^\s;\\]+)")

every_lock = pytest.mark.parametrize("path", LOCKS)


@dataclass(frozen=True)
class Pin:
    """One entry of a lock file."""

    name: str
    version: str
    hashes: tuple[str, ...]
    direct: bool  # a dependency of this project, not only of another package


def pins(path: str) -> list[Pin]:
    """The entries of a lock file; one package may have several, for several Pythons."""
    found = []
    for block in re.split(r"\n(?=[A-Za-z0-9])", (ROOT / path).read_text(encoding="utf-8")):
        match = _PIN.match(block)
        if match:
            hashes = tuple(re.findall(r"--hash=sha256:([0-9a-f]{64})", block))
            direct = bool(re.search(r"#\s.*elastic-inference", block))
            name = canonicalize_name(match["name"])
            found.append(Pin(name, match["version"], hashes, direct))
    return found


def wanted(extras: tuple[str, ...]) -> dict[str, Requirement]:
    """The dependencies of the project with these extras."""
    lines = list(PROJECT["dependencies"])
    for extra in extras:
        lines += PROJECT["optional-dependencies"][extra]
    requirements = [Requirement(line) for line in lines]
    return {canonicalize_name(each.name): each for each in requirements if not each.extras}


@every_lock
def test_every_dependency_is_pinned_to_a_version_that_the_project_allows(path: str) -> None:
    versions = {pin.name: pin.version for pin in pins(path)}  # of several, the newest Python's
    wrong = [
        f"{requirement}: {versions.get(name, 'missing')}"
        for name, requirement in wanted(LOCKS[path]).items()
        if name not in versions or versions[name] not in requirement.specifier
    ]
    assert wrong == [], "run ./tools/lock.sh"


@every_lock
def test_a_dependency_that_was_removed_is_not_locked(path: str) -> None:
    left = {pin.name for pin in pins(path) if pin.direct} - set(wanted(LOCKS[path]))
    assert left == set(), "run ./tools/lock.sh"


@every_lock
def test_every_pin_has_hashes(path: str) -> None:
    assert [pin.name for pin in pins(path) if not pin.hashes] == []


@every_lock
def test_all_lock_files_pin_the_same_versions(path: str) -> None:
    everything = set(pins_without_origin("tests/requirements.txt"))
    assert set(pins_without_origin(path)) - everything == set(), "run ./tools/lock.sh"


def pins_without_origin(path: str) -> list[tuple[str, str, tuple[str, ...]]]:
    return [(pin.name, pin.version, pin.hashes) for pin in pins(path)]


def test_torch_is_in_no_lock_file() -> None:
    assert [path for path in LOCKS if any(pin.name == "torch" for pin in pins(path))] == []


def test_the_dashboard_has_the_version_of_the_project() -> None:
    assert "version" in PROJECT["dynamic"]
    dashboard = json.loads((ROOT / "spa" / "package.json").read_text(encoding="utf-8"))
    assert dashboard["version"] == apps.__version__
