"""Finds what makes the repository's structure hard to follow.

    python -m tools.checks.structure

It prints one line for each finding and exits with 1 if there is one.
"""

import ast
import re
import subprocess
import sys
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path, PurePosixPath

from tools.checks.imports import cycle, import_graph, longest_chain

__all__ = ["CHECKS", "main", "sources"]

ROOT = Path(__file__).resolve().parents[2]
#: Modules in the longest chain of imports at module level.
LONGEST_CHAIN = 12
#: Source files in one folder.
FILES_IN_A_FOLDER = 20
#: Lines in one source file outside tests.
LINES_IN_A_FILE = 300
#: Lines of Python in apps/ without the drawn scenes.
LINES_OF_SERVICES = 18_500

_SOURCE = {".py", ".ts", ".vue", ".lua", ".sh"}
_GENERATED = ("spa/src/wire.ts", "spa/src/generated/")
#: A path in a code span of a Markdown page: `apps/runtime/clock.py`, `live_queue/`.
_PATH = re.compile(r"`([\w.-]+(?:/[\w.*-]+)+/?|[\w-]+\.(?:py|lua|sh|ts|vue|md))`")


def sources() -> list[str]:
    """Source files of the repository, outside tests and generated code."""
    listed = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    ).stdout.splitlines()  # fmt: skip
    return [
        name
        for name in sorted(set(listed))
        if PurePosixPath(name).suffix in _SOURCE
        and not name.startswith(("tests/", *_GENERATED))
        and ".spec." not in name
        and (ROOT / name).is_file()
    ]


def import_chain() -> Iterator[str]:
    """The longest chain of module-level imports in apps/, if it is too long."""
    chain = longest_chain(import_graph(ROOT, "apps"))
    if len(chain) > LONGEST_CHAIN:
        yield f"{len(chain)} modules import each other in a row: {' > '.join(chain)}"


def import_cycle() -> Iterator[str]:
    """A cycle of module-level imports in apps/ or tools/, if there is one."""
    found = cycle(import_graph(ROOT, "apps", "tools"))
    if found:
        yield f"modules import each other in a circle: {' > '.join(found)}"


def crowded_folders() -> Iterator[str]:
    """Folders with too many source files; the scripts that users type stay together in tools/."""
    counts = Counter(
        str(PurePosixPath(name).parent)
        for name in sources()
        if not re.fullmatch(r"tools/[\w-]+\.sh", name)
    )
    for folder, count in sorted(counts.items()):
        if count > FILES_IN_A_FOLDER:
            yield f"{folder}: {count} source files (at most {FILES_IN_A_FOLDER})"


def long_files() -> Iterator[str]:
    """Source files with too many lines."""
    for name in sources():
        count = len((ROOT / name).read_text(encoding="utf-8").splitlines())
        if count > LINES_IN_A_FILE:
            yield f"{name}: {count} lines (at most {LINES_IN_A_FILE})"


def repeated_class_names() -> Iterator[str]:
    """Public class names that more than one module of apps/ and tools/ defines."""
    places: defaultdict[str, list[str]] = defaultdict(list)
    for name in sources():
        if name.endswith(".py"):
            for node in ast.parse((ROOT / name).read_text(encoding="utf-8")).body:
                if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                    places[node.name].append(name)
    for class_name, found in sorted(places.items()):
        if len(found) > 1:
            yield f"{class_name}: {', '.join(found)}"


def import_path_edits() -> Iterator[str]:
    """Python files, tests among them, that touch the search path of modules."""
    words = "sys" + ".path"
    for path in sorted([*ROOT.glob("*.py"), *_python_files("apps", "tools", "tests", "spa/dev")]):
        if re.search(re.escape(words) + r"\b", path.read_text(encoding="utf-8")):
            yield f"{path.relative_to(ROOT).as_posix()}: {words}"


def lines_of_services() -> Iterator[str]:
    """The size of apps/ without scenes, if it is too large."""
    count = sum(
        len(path.read_text(encoding="utf-8").splitlines())
        for path in _python_files("apps")
        if "scenes" not in path.relative_to(ROOT).parts[:2]
    )
    if count > LINES_OF_SERVICES:
        yield f"apps: {count} lines of Python without scenes (at most {LINES_OF_SERVICES})"


def missing_paths() -> Iterator[str]:
    """Paths that the architecture, the glossary or a package's README names and that do not exist.

    A path counts from the root of the repository, from the page's folder, or from apps/. A name
    without a folder may be that of any file below apps/, tests/ or the page's folder.
    """
    pages = [ROOT / "docs" / "architecture.md", ROOT / "docs" / "glossary.md"]
    pages += sorted([*ROOT.glob("apps/**/README.md"), *ROOT.glob("tools/**/README.md")])
    for page in pages:
        name = page.relative_to(ROOT).as_posix()
        for number, line in enumerate(page.read_text(encoding="utf-8").splitlines(), 1):
            for named in _PATH.findall(line):
                if not any(_exists(base, named) for base in _bases(page, named)):
                    yield f"{name}:{number}: there is no {named}"


def _bases(page: Path, named: str) -> Iterator[Path]:
    yield from (ROOT, page.parent, ROOT / "apps")
    if "/" not in named:
        below = (ROOT / "apps", ROOT / "tests", page.parent)
        yield from (found.parent for folder in below for found in folder.rglob(named))


def _python_files(*folders: str) -> list[Path]:
    return [path for folder in folders for path in (ROOT / folder).rglob("*.py")]


def _exists(base: Path, named: str) -> bool:
    return any(base.glob(named)) if "*" in named else (base / named).exists()


#: The checks, by name.
CHECKS: tuple[Callable[[], Iterator[str]], ...] = (
    import_chain,
    import_cycle,
    crowded_folders,
    long_files,
    repeated_class_names,
    import_path_edits,
    lines_of_services,
    missing_paths,
)


def main() -> int:
    """Prints the findings; returns 1 if there is one, else 0."""
    found = [f"{check.__name__}: {line}" for check in CHECKS for line in check()]
    print("\n".join(found) or "No finding.")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
