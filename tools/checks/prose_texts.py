"""Takes the prose out of a file: comments, docstrings, texts; code is left out where it can be."""

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

#: What a comment line of shell, YAML, Lua, TypeScript, Vue or CSS starts with.
_COMMENT_LINE = re.compile(
    r"^\s*(?:#(?!!)|//+|--(?=\s)|/\*+|\*(?!/)|<!--)\s?(.*?)\s*(?:\*/|-->)?\s*$"
)
_CODE_SPAN = re.compile(r"`[^`\n]*`")
_FENCE = re.compile(r"^\s*(```|~~~)")


@dataclass(frozen=True, slots=True)
class Text:
    """A piece of prose and the number of its first line, from 1."""

    line: int
    text: str


def texts_of(path: Path) -> Iterator[Text]:
    """The prose of a file, by the kind that its name says.

    Raises:
        SyntaxError: A Python file cannot be parsed.
    """
    content = path.read_text(encoding="utf-8")
    if path.suffix == ".py":
        yield from _python(content)
    elif path.suffix == ".md":
        yield Text(1, _without_code(content))
    else:
        yield from _other(content)


def lower_case_errors(path: Path) -> Iterator[Text]:
    """Texts of `raise SomeError("text")` in a Python file that start with a small letter.

    A text that starts with an identifier (`max_fps must be ...`) passes.
    """
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if not (isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call) and node.exc.args):
            continue
        first = node.exc.args[0]
        if isinstance(first, ast.JoinedStr) and first.values:
            first = first.values[0]
        if not (isinstance(first, ast.Constant) and isinstance(first.value, str)):
            continue
        if re.match(r"[a-z]+(?:[ ,.:;!]|'s|$)", first.value) and " " in first.value:
            yield Text(first.lineno, first.value)


def _python(content: str) -> Iterator[Text]:
    comment: list[str] = []
    first = last = 0
    for token in tokenize.generate_tokens(io.StringIO(content).readline):
        kind = tokenize.tok_name[token.type]
        line = token.start[0]
        if kind == "COMMENT":
            if comment and line != last + 1:
                yield Text(first, "\n".join(comment))
                comment = []
            first = line if not comment else first
            last = line
            comment.append(token.string.lstrip("#: "))
        elif kind in {"STRING", "FSTRING_MIDDLE"}:
            yield Text(line, _unquoted(token.string) if kind == "STRING" else token.string)
    if comment:
        yield Text(first, "\n".join(comment))


def _unquoted(literal: str) -> str:
    inner = literal.lstrip("rRbBuUfF")
    quote = inner[:3] if inner[:3] in {'"""', "'''"} else inner[:1]
    return _CODE_SPAN.sub("``", inner[len(quote) : -len(quote)])


def _without_code(content: str) -> str:
    lines: list[str] = []
    fenced = False
    for line in content.splitlines():
        if _FENCE.match(line):
            fenced = not fenced
            lines.append("")
        else:
            lines.append("" if fenced else _CODE_SPAN.sub("``", line))
    return "\n".join(lines)


def _other(content: str) -> Iterator[Text]:
    comment: list[str] = []
    code: list[str] = []
    first = 0
    for number, line in enumerate(content.splitlines(), 1):
        found = _COMMENT_LINE.match(line)
        if found:
            first = first if comment else number
            comment.append(found.group(1))
            code.append("")
            continue
        if comment:
            yield Text(first, "\n".join(comment))
            comment = []
        code.append(line)
    if comment:
        yield Text(first, "\n".join(comment))
    yield Text(1, "\n".join(code))
