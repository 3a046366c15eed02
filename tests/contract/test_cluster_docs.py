"""The pages about clusters agree with the manifests and with the table of users."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.support.installation import installation
from tools.manifests import command as gen_k8s_yaml
from tools.manifests.monitoring import standalone_objects
from tools.manifests.pages import PAGES, with_table
from tools.manifests.roles import ROLES
from tools.manifests.secrets_file import keep_secrets

_UNITS = {"m": 1e-3, "Mi": 2**20, "Gi": 2**30}


def quantity(text: str) -> float:
    """The value of a Kubernetes quantity."""
    number, unit = re.fullmatch(r"([\d.]+)(\w*)", text).groups()  # type: ignore[union-attr] # it fits
    return float(number) * _UNITS.get(unit, 1)


DOCS = Path(__file__).resolve().parents[2] / "docs"


@pytest.mark.parametrize("name", PAGES)
def test_a_generated_table_is_current(name: str) -> None:
    mark, table = PAGES[name]
    text = (DOCS / name).read_text(encoding="utf-8")
    assert with_table(text, mark, table()) == text, "run ./tools/generate.sh tables"


def test_every_secret_is_explained(tmp_path: Path) -> None:
    text = (DOCS / "security.md").read_text(encoding="utf-8")
    names = [item["metadata"]["name"] for item in keep_secrets(tmp_path / "s.yaml", "ei")]
    assert [name for name in names if f"`{name}`" not in text] == []
    assert len(names) == len(ROLES) + 2


def test_flags_that_the_pages_show_exist(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        gen_k8s_yaml.main(["-h"])
    known = set(re.findall(r"--[a-z-]+", capsys.readouterr().out)) | {"--replicas"}
    text = (DOCS / "install.md").read_text(encoding="utf-8")
    section = text.partition("## 3. The system")[2].partition("\n## ")[0]
    assert set(re.findall(r"`(--[a-z-]+)", section)) <= known


def test_only_streams_pods_may_open_outbound_connections() -> None:
    """The list of outbound calls in the docs names no other pod of the installation."""
    for policy in installation("usual").of("NetworkPolicy"):
        outside = [
            peer for rule in policy["spec"].get("egress", ()) for peer in rule.get("to", ())
            if "ipBlock" in peer and peer["ipBlock"]["cidr"] != "169.254.20.10/32"
        ]  # fmt: skip
        assert bool(outside) == (policy["metadata"]["name"] == "ei-streams")


#: Requests of kube-system in a new minikube with calico and metrics-server.
_MINIKUBE_CORES, _MINIKUBE_GIB = 1.3, 1.0


def test_the_cluster_of_the_page_has_room_for_two_more_workers() -> None:
    text = (DOCS / "install.md").read_text(encoding="utf-8")
    found = re.search(r"minikube start --cpus (\d+) --memory (\d+)g", text)
    assert found is not None
    made = installation("usual").of("Deployment")
    names = {"ei-redis-deployment", "ei-gateway-server-deployment", "ei-streams-deployment",
             "ei-infer-people-app", "ei-sample-people-deployment"}  # fmt: skip
    chosen = [item for item in made if item["metadata"]["name"] in names]
    chosen += [item for item in standalone_objects("ei", "p") if item["kind"] == "Deployment"]
    assert len(chosen) == len(names) + 2
    cpu, gib = _MINIKUBE_CORES, _MINIKUBE_GIB
    for item in chosen:
        asked = item["spec"]["template"]["spec"]["containers"][0]["resources"]["requests"]
        pods = item["spec"].get("replicas", 3)  # workers: the first, and two more
        cpu += pods * quantity(asked["cpu"])
        gib += pods * quantity(asked["memory"]) / 2**30
    assert cpu <= int(found[1]), cpu
    assert gib <= int(found[2]), gib
