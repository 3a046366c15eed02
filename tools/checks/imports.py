"""The graph of the repository's module-level imports."""

import ast
from collections.abc import Container, Iterable, Iterator, Mapping
from pathlib import Path

__all__ = ["cycle", "import_graph", "longest_chain"]

Graph = Mapping[str, frozenset[str]]


def import_graph(root: Path, *packages: str) -> dict[str, frozenset[str]]:
    """Each module below `root/package` with the modules that it imports when it is imported.

    Imports inside functions and under `TYPE_CHECKING` do not count, and neither do modules of
    other packages.
    """
    modules = {
        _module_name(path.relative_to(root)): path
        for package in packages
        for path in (root / package).rglob("*.py")
    }
    return {
        name: frozenset(
            target
            for node in _run_at_import(ast.parse(path.read_text(encoding="utf-8")).body)
            for target in _targets(node, modules)
            if target != name
        )
        for name, path in modules.items()
    }


def longest_chain(graph: Graph) -> list[str]:
    """The longest path through a graph without cycles; the shorter of two that close a cycle."""
    found: dict[str, list[str]] = {}

    def chain(module: str, above: frozenset[str]) -> list[str]:
        if module not in found:
            below = [
                chain(target, above | {module})
                for target in sorted(graph[module])
                if target not in above
            ]
            found[module] = [module, *max(below, key=len, default=[])]
        return found[module]

    return max((chain(module, frozenset()) for module in sorted(graph)), key=len, default=[])


def cycle(graph: Graph) -> list[str]:
    """A cycle of the graph, its first module named again at its end; empty if there is none."""
    done: set[str] = set()

    def search(module: str, path: list[str]) -> list[str]:
        if module in path:
            return [*path[path.index(module) :], module]
        if module in done:
            return []
        for target in sorted(graph[module]):
            found = search(target, [*path, module])
            if found:
                return found
        done.add(module)
        return []

    for module in sorted(graph):
        found = search(module, [])
        if found:
            return found
    return []


def _module_name(path: Path) -> str:
    parts = path.with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def _run_at_import(body: Iterable[ast.stmt]) -> Iterator[ast.stmt]:
    for node in body:
        if isinstance(node, ast.If):
            if "TYPE_CHECKING" not in ast.dump(node.test):
                yield from _run_at_import([*node.body, *node.orelse])
        elif isinstance(node, ast.Try):
            yield from _run_at_import(node.body)
        else:
            yield node


def _targets(node: ast.stmt, known: Container[str]) -> Iterator[str]:
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names if alias.name in known)
    elif isinstance(node, ast.ImportFrom) and node.module:
        for alias in node.names:
            inner = f"{node.module}.{alias.name}"
            if inner in known:
                yield inner
            elif node.module in known:
                yield node.module
