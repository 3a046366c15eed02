"""The tables of the documentation that are generated from the manifests.

`./tools/generate.sh tables` writes each of them between its marks.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from tools.manifests.rendering import system
from tools.manifests.request import Request
from tools.manifests.roles import roles_table

__all__ = ["PAGES", "files", "sizing_table", "with_table"]

DOCS = Path(__file__).resolve().parents[2] / "docs"


def sizing_table() -> str:
    """The resources of each Deployment of an installation with one task, in Markdown."""
    request = Request(registry="registry.example/ei", tasks=("people",))
    documents = system(request, secrets=())
    hpa = next(item for item in documents if item["kind"] == "HorizontalPodAutoscaler")["spec"]
    grows = f"{hpa['minReplicas']} to {hpa['maxReplicas']}, by the autoscaler"
    lines = ["| Deployment | pods | CPU each | memory each | seconds to finish |",
             "|---|---|---|---|---|"]  # fmt: skip
    for item in documents:
        if item["kind"] != "Deployment":
            continue
        pod = item["spec"]["template"]["spec"]
        resources = pod["containers"][0]["resources"]
        asked, most = resources["requests"]["cpu"], resources["limits"]["cpu"]
        name = item["metadata"]["name"].replace("people", "<task>")
        lines.append(
            f"| `{name}` | {item['spec'].get('replicas', grows)} "
            f"| {asked if asked == most else f'{asked}, at most {most}'} "
            f"| {resources['limits']['memory']} | {pod['terminationGracePeriodSeconds']} |"
        )
    return "\n".join(lines) + "\n"


PAGES: dict[str, tuple[str, Callable[[], str]]] = {
    "security.md": ("roles", roles_table),
    "operations.md": ("sizes", sizing_table),
}


def with_table(text: str, mark: str, table: str) -> str:
    """The page with the table between `<!-- mark -->` and `<!-- /mark -->`."""
    before, begin, rest = text.partition(f"<!-- {mark} -->\n")
    _, end, after = rest.partition(f"<!-- /{mark} -->")
    if not begin or not end:
        raise ValueError(f"The page has no <!-- {mark} --> … <!-- /{mark} -->")
    return f"{before}{begin}{table}{end}{after}"


def files() -> dict[Path, str]:
    """The pages that hold a table, with the table up to date."""
    pages = {DOCS / name: entry for name, entry in PAGES.items()}
    return {
        path: with_table(path.read_text(encoding="utf-8"), mark, table())
        for path, (mark, table) in pages.items()
    }
