"""What would not work is refused, with the reason."""

from __future__ import annotations

from dataclasses import replace

import pytest

from apps.runtime.errors import SettingsError
from tools.manifests.request import Request, check

GOOD = Request(registry="registry.example:5000/ei", tasks=("people",))
KNOWN = ("face", "people", "a" * 60)


@pytest.mark.parametrize(
    "registry", ["a", "localhost:5000", "ghcr.io/some-one/ei", "10.0.0.1:80/x"]
)
def test_registries_of_every_kind_are_taken(registry: str) -> None:
    check(replace(GOOD, registry=registry), KNOWN)


def test_an_ingress_takes_a_host_name() -> None:
    check(replace(GOOD, expose="ingress", host="ei.example.org"), KNOWN)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"registry": ""}, "no registry"),
        ({"registry": "https://registry.example"}, "no registry"),
        ({"registry": "host/UPPER"}, "no registry"),
        ({"registry": "host/a;rm"}, "no registry"),
        ({"tag": "a b"}, "no image tag"),
        ({"namespace": "Big"}, "no name of a namespace"),
        ({"namespace": "kube-system"}, "default-deny"),
        ({"namespace": "monitoring"}, "default-deny"),
        ({"tasks": ()}, "--tasks is empty"),
        ({"tasks": ("cat",)}, "no model serves it; models/tasks.yaml has face"),
        ({"tasks": ("people", "people")}, "twice"),
        ({"tasks": ("a" * 60,)}, "longer than"),
        ({"autoscaler": "vpa"}, "choose one of hpa, keda"),
        ({"expose": "loadbalancer"}, "choose one of nodeport"),
        ({"models_claim": "My Claim"}, "no name of an object"),
        ({"pull_secret": "My Secret"}, "no name of an object"),
        ({"expose": "ingress"}, "name the dashboard's host"),
        ({"expose": "ingress", "host": "a_b"}, "no host name"),
        ({"expose": "ingress", "host": "https://a.example"}, "no host name"),
        ({"host": "a.example"}, "only with --expose ingress"),
        ({"prometheus": "prometheus:9090"}, "write http://host:port"),
    ],
)
def test_what_would_not_work_is_refused(change: dict[str, object], reason: str) -> None:
    with pytest.raises(SettingsError, match=reason):
        check(replace(GOOD, **change), KNOWN)  # type: ignore[arg-type] # the table's business


def test_the_registry_in_a_file_name_has_no_slashes_and_colons() -> None:
    assert GOOD.file_part == "registry.example_5000_ei"
