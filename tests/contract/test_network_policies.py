"""Network policies allow exactly the connections that the code makes."""

from __future__ import annotations

from ipaddress import ip_address, ip_network
from typing import Any

import pytest

from tests.support.installation import Installation, installation

#: Pods by name in this test; the others are outside the installation.
PODS = {
    "redis": {"app": "ei-redis", "app.kubernetes.io/component": "redis"},
    "gateway": {"app.kubernetes.io/component": "gateway", "app": "ei-gateway-server"},
    "inference": {"app.kubernetes.io/component": "inference", "app": "ei-infer-people-app"},
    "streams": {"app.kubernetes.io/component": "streams", "app": "ei-streams"},
    "stranger": {"app": "other"},
}
DNS = ("kube-system", {"k8s-app": "kube-dns"})
PROMETHEUS = ("monitoring", {"app": "prometheus"})
OWN = "elastic-inference"


def selects(selector: dict[str, Any], labels: dict[str, str]) -> bool:
    if not selector.get("matchLabels", {}).items() <= labels.items():
        return False
    return all(
        labels.get(rule["key"], "") in rule["values"]
        for rule in selector.get("matchExpressions", ())
        if rule["operator"] == "In"
    )


def peer_matches(peer: dict[str, Any], namespace: str, labels: dict[str, str]) -> bool:
    if "ipBlock" in peer:
        return False
    names = {"kubernetes.io/metadata.name": namespace}
    if "namespaceSelector" in peer:
        inside = selects(peer["namespaceSelector"], names)
    else:
        inside = namespace == OWN
    return inside and selects(peer.get("podSelector", {}), labels)


def rules_of(made: Installation, pod: str, direction: str) -> list[dict[str, Any]]:
    policies = [
        policy["spec"]
        for policy in made.of("NetworkPolicy")
        if selects(policy["spec"]["podSelector"], PODS[pod])
    ]
    assert any(direction.capitalize() in spec["policyTypes"] for spec in policies)
    return [rule for spec in policies for rule in spec.get(direction, ())]


def opens(rule: dict[str, Any], port: int, key: str, other: tuple[str, dict[str, str]]) -> bool:
    ports = [item["port"] for item in rule.get("ports", ())]
    if ports and port not in ports:
        return False
    return key not in rule or any(peer_matches(peer, *other) for peer in rule[key])


def allowed(made: Installation, source: Any, target: Any, port: int) -> bool:
    """Whether the policies of both pods allow a connection."""
    out = inn = True
    if isinstance(source, str):
        other = (OWN, PODS[target]) if isinstance(target, str) else target
        rules = rules_of(made, source, "egress")
        out = any(opens(rule, port, "to", other) for rule in rules)
    if isinstance(target, str):
        other = (OWN, PODS[source]) if isinstance(source, str) else source
        inn = any(opens(rule, port, "from", other) for rule in rules_of(made, target, "ingress"))
    return out and inn


def addresses(made: Installation, pod: str, direction: str, port: int, address: str) -> bool:
    """Whether a connection with an address outside the cluster is allowed."""
    key = "to" if direction == "egress" else "from"
    for rule in rules_of(made, pod, direction):
        ports = [item["port"] for item in rule.get("ports", ())]
        if ports and port not in ports:
            continue
        if key not in rule:
            return True
        for peer in rule[key]:
            block = peer.get("ipBlock")
            if block and ip_address(address) in ip_network(block["cidr"]):
                excepted = [ip_network(cidr) for cidr in block.get("except", ())]
                return not any(ip_address(address) in cidr for cidr in excepted)
    return False


#: Every connection between pods that the code makes.
CALLS = [
    ("gateway", "redis", 6379), ("inference", "redis", 6379), ("streams", "redis", 6379),
    ("gateway", DNS, 53), ("inference", DNS, 53), ("streams", DNS, 53),
    (PROMETHEUS, "gateway", 8001), (PROMETHEUS, "inference", 8000), (PROMETHEUS, "streams", 8002),
]  # fmt: skip


@pytest.mark.parametrize(("source", "target", "port"), CALLS)
def test_a_connection_that_the_code_makes_is_allowed(source: Any, target: Any, port: int) -> None:
    for profile in ("usual", "keda", "zero"):
        assert allowed(installation(profile), source, target, port)


@pytest.mark.parametrize("source", [*PODS, PROMETHEUS, ("elsewhere", {"app": "other"})])
@pytest.mark.parametrize("target", [*PODS, DNS, ("elsewhere", {"app": "other"})])
@pytest.mark.parametrize("port", [22, 53, 443, 6379, 8000, 8001, 8002])
def test_another_connection_is_denied(source: Any, target: Any, port: int) -> None:
    if not isinstance(source, str) and not isinstance(target, str):
        return
    if (source, target, port) not in CALLS:
        assert not allowed(installation("zero"), source, target, port)


def test_browsers_reach_the_gateway_and_not_its_metrics() -> None:
    assert addresses(installation("usual"), "gateway", "ingress", 8080, "203.0.113.7")
    assert not addresses(installation("usual"), "gateway", "ingress", 8001, "203.0.113.7")


def test_cameras_outside_reach_the_queue_only_through_its_node_port() -> None:
    assert addresses(installation("usual"), "redis", "ingress", 6379, "203.0.113.7")
    assert not addresses(installation("keda"), "redis", "ingress", 6379, "203.0.113.7")


@pytest.mark.parametrize("address", ["203.0.113.7", "192.168.1.20", "2001:db8::7"])
def test_streams_reach_cameras(address: str) -> None:
    assert addresses(installation("usual"), "streams", "egress", 554, address)


@pytest.mark.parametrize("address", ["169.254.169.254", "fe80::1"])
def test_streams_do_not_reach_metadata_services(address: str) -> None:
    assert not addresses(installation("usual"), "streams", "egress", 80, address)


@pytest.mark.parametrize("pod", ["gateway", "inference", "streams"])
def test_only_the_dns_cache_of_a_node_is_reachable(pod: str) -> None:
    assert addresses(installation("usual"), pod, "egress", 53, "169.254.20.10")
    assert not addresses(installation("usual"), pod, "egress", 80, "169.254.20.10")


@pytest.mark.parametrize("pod", ["gateway", "inference", "redis"])
def test_other_pods_have_no_outbound_connections(pod: str) -> None:
    assert not addresses(installation("usual"), pod, "egress", 443, "203.0.113.7")


def test_in_the_default_namespace_policies_select_only_pods_of_the_installation() -> None:
    made = installation("cpu")
    selector = made.one("NetworkPolicy", "ei-default-deny")["spec"]["podSelector"]
    for deployment, _ in made.containers:
        assert selects(selector, deployment["spec"]["template"]["metadata"]["labels"])
    assert not selects(selector, {"app": "other"})
