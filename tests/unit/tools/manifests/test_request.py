"""Invalid requests are refused, with the reason."""

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
def test_all_forms_of_registries_are_accepted(registry: str) -> None:
    check(replace(GOOD, registry=registry), KNOWN)


def test_an_ingress_accepts_a_host_name() -> None:
    check(replace(GOOD, expose="ingress", host="ei.example.org"), KNOWN)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"registry": ""}, "is not a registry"),
        ({"registry": "https://registry.example"}, "is not a registry"),
        ({"registry": "host/UPPER"}, "is not a registry"),
        ({"registry": "host/a;rm"}, "is not a registry"),
        ({"tag": "a b"}, "is not an image tag"),
        ({"namespace": "Big"}, "is not a namespace"),
        ({"namespace": "kube-system"}, "default-deny"),
        ({"namespace": "monitoring"}, "default-deny"),
        ({"tasks": ()}, "--tasks is empty"),
        ({"tasks": ("cat",)}, "no model serves it; models/tasks.yaml has face"),
        ({"tasks": ("people", "people")}, "twice"),
        ({"tasks": ("a" * 60,)}, "longer than"),
        ({"autoscaler": "vpa"}, "choose one of hpa, keda"),
        ({"expose": "loadbalancer"}, "choose one of nodeport"),
        ({"models_claim": "My Claim"}, "is not a Kubernetes name"),
        ({"pull_secret": "My Secret"}, "is not a Kubernetes name"),
        ({"expose": "ingress"}, "name the dashboard's host"),
        ({"expose": "ingress", "host": "a_b"}, "is not a host name"),
        ({"expose": "ingress", "host": "https://a.example"}, "is not a host name"),
        ({"host": "a.example"}, "only with --expose ingress"),
        ({"prometheus": "prometheus:9090"}, "write http://host:port"),
    ],
)
def test_an_invalid_value_is_refused_with_the_reason(
    change: dict[str, object], reason: str
) -> None:
    with pytest.raises(SettingsError, match=reason):
        check(replace(GOOD, **change), KNOWN)  # type: ignore[arg-type] # the table holds valid types


def test_the_registry_in_a_file_name_has_no_slashes_and_colons() -> None:
    assert GOOD.file_part == "registry.example_5000_ei"
