"""The import graph of a package: what counts as an import, its longest chain, its cycles."""

from pathlib import Path

from tools.checks.imports import cycle, import_graph, longest_chain


def write(root: Path, **files: str) -> None:
    (root / "apps").mkdir()
    for name, text in files.items():
        (root / "apps" / f"{name}.py").write_text(text)


def test_imports_of_modules_and_of_names_count(tmp_path: Path) -> None:
    write(
        tmp_path, a="import apps.b\nfrom apps import c\nfrom apps.d import Name\n", b="", c="", d=""
    )
    assert import_graph(tmp_path, "apps")["apps.a"] == {"apps.b", "apps.c", "apps.d"}


def test_imports_in_functions_and_for_types_do_not_count(tmp_path: Path) -> None:
    late = "def f():\n    import apps.b\nif TYPE_CHECKING:\n    import apps.b\nimport json\n"
    write(tmp_path, a=late, b="")
    assert import_graph(tmp_path, "apps")["apps.a"] == frozenset()


def test_an_import_in_a_try_statement_counts(tmp_path: Path) -> None:
    write(tmp_path, a="try:\n    import apps.b\nexcept ImportError:\n    pass\n", b="")
    assert import_graph(tmp_path, "apps")["apps.a"] == {"apps.b"}


def test_the_longest_chain_is_found() -> None:
    graph = {"a": frozenset("bc"), "b": frozenset("c"), "c": frozenset("d"), "d": frozenset[str]()}
    assert longest_chain(graph) == ["a", "b", "c", "d"]


def test_a_cycle_is_named_with_its_modules() -> None:
    graph = {"a": frozenset("b"), "b": frozenset("c"), "c": frozenset("b")}
    assert cycle(graph) == ["b", "c", "b"]


def test_a_graph_without_a_cycle_has_none() -> None:
    assert cycle({"a": frozenset("b"), "b": frozenset[str]()}) == []
