"""Finds wording that the repository does not use.

    python -m tools.checks.prose [path ...]

Without a path it reads the whole repository. It prints `file:line: pattern: words: advice` for each
finding and exits with 1 if there is one. The patterns are in prose_patterns.py.
"""

import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from tools.checks.prose_patterns import PATTERNS
from tools.checks.prose_texts import lower_case_errors, texts_of

ROOT = Path(__file__).resolve().parents[2]
#: Characters in a line of documentation; a row of a table or a line with a link may be longer.
LINE_LENGTH = 120

_KINDS = {".md", ".py", ".sh", ".yaml", ".yml", ".toml", ".lua", ".ts", ".vue", ".css", ".html"}
#: Generated files (their sources are checked), pinned versions, recorded data, and the patterns.
_LEFT_OUT = (
    "docs/reference/",
    "spa/src/generated/",
    "tests/golden/",
    "tests/unit/tools/checks/test_prose.py",
    "tools/checks/prose",
)


def files(paths: Sequence[str] = ()) -> list[Path]:
    """The files that are checked: those below `paths`, by default all of the repository's."""
    listed = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard", "--", *paths],
        cwd=ROOT, capture_output=True, text=True, check=True,
    ).stdout.splitlines()  # fmt: skip
    return [
        ROOT / name
        for name in sorted(set(listed))
        if Path(name).suffix in _KINDS
        and not name.startswith(_LEFT_OUT)
        and (ROOT / name).is_file()
    ]


def findings(path: Path) -> Iterator[str]:
    """The findings in one file, as `file:line: pattern: words: advice`."""
    name = path.relative_to(ROOT).as_posix()
    for text in texts_of(path):
        for pattern in PATTERNS:
            for found in pattern.expression.finditer(text.text):
                shift = len(found.group()) - len(found.group().lstrip(" \n\t.:;!?|>\"'`(-*"))
                line = text.line + text.text.count("\n", 0, found.start() + shift)
                words = " ".join(found.group()[shift:].split())[:60]
                yield f"{name}:{line}: {pattern.name}: {words!r}: {pattern.advice}"
    if path.suffix == ".md":
        yield from _long_lines(path, name)
    if path.suffix == ".py" and not name.startswith("tests/"):
        for text in lower_case_errors(path):
            yield f"{name}:{text.line}: small-letter: {text.text[:60]!r}: Start with a capital."


def _long_lines(path: Path, name: str) -> Iterator[str]:
    fenced = False
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        fenced ^= line.lstrip().startswith("```")
        excused = fenced or line.lstrip().startswith("|") or "](" in line or "://" in line
        if len(line) > LINE_LENGTH and not (excused and line.lstrip().startswith(("|", "[", "!"))):
            yield f"{name}:{number}: long-line: {len(line)} characters: Break it at {LINE_LENGTH}."


def main(arguments: Sequence[str]) -> int:
    """Prints the findings; returns 1 if there is one, else 0."""
    found = [line for path in files(arguments) for line in findings(path)]
    print("\n".join(found) or "No finding.")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
