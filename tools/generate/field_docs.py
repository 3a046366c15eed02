"""The descriptions of the fields of structs, for generated pages and types."""

from __future__ import annotations

import inspect
import re

__all__ = ["field_docs"]


def field_docs(kind: type) -> dict[str, str]:
    """One sentence per described field, by name, each with a full stop.

    A field is described in the `Attributes:` section of the docstring, or by a `#:` comment above
    it or at the end of its line.
    """
    _, _, part = (inspect.getdoc(kind) or "").partition("Attributes:\n")
    found = dict(re.findall(r"^ {4}(\w+): (.+(?:\n {8}.+)*)", part, re.MULTILINE))
    above: list[str] = []
    for line in inspect.getsource(kind).splitlines():
        code, mark, comment = line.partition("#: ")
        field = re.match(r" {4}(\w+): ", code)
        if mark and not code.strip():
            above.append(comment)
        elif field and (mark or above):
            found[field[1]] = " ".join([*above, comment])
            above = []
    return {name: " ".join(text.split()).rstrip(".") + "." for name, text in found.items()}
