"""The manifests agree with the code: commands, settings, ports, probes and secrets exist."""

from __future__ import annotations

import dataclasses
import re
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
import yaml
from uvicorn.middleware.proxy_headers import _TrustedHosts

from apps.gateway.settings import GatewaySettings
from apps.inference.settings import InferenceSettings
from apps.pipeline.job_queue.settings import JobSettings
from apps.runtime.health import Health, admin_app
from apps.runtime.metrics import Metrics
from apps.runtime.settings import parse, settings_of
from apps.scaling.hpa_manifest import load_policy, parse_policy
from apps.streams.settings import StreamsSettings
from tests.support.installation import PROFILES, installation
from tools.manifests.autoscalers import HPA
from tools.manifests.roles import ROLES
from tools.manifests.secrets_file import secret_name
from tools.scaling_lab.keda import parse_scaled_object
from tools.scaling_lab.load import steady
from tools.scaling_lab.manifest import load_scaling
from tools.scaling_lab.simulation import Cluster, simulate

ROOT = Path(__file__).resolve().parents[2]
SETTINGS: dict[str, type[Any]] = {
    "apps.gateway": GatewaySettings,
    "apps.inference": InferenceSettings,
    "apps.streams": StreamsSettings,
}
OURS = [
    (profile, deployment["metadata"]["name"])
    for profile in PROFILES
    for deployment, container in installation(profile).containers
    if container["command"][0] == "python"
]

every_profile = pytest.mark.parametrize("profile", PROFILES)
every_service = pytest.mark.parametrize(("profile", "name"), OURS)


def pod_of(profile: str, name: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Pod template and container of a Deployment."""
    template = installation(profile).one("Deployment", name)["spec"]["template"]
    return template, template["spec"]["containers"][0]


def settings_in(profile: str, name: str) -> Any:
    """The settings of the container's environment, parsed by the service's code."""
    _, container = pod_of(profile, name)
    environment = {item["name"]: item["value"] for item in container["env"]}
    return parse(SETTINGS[container["command"][2]], environment, {})


def cores(quantity: str) -> float:
    """A CPU quantity in cores."""
    return float(quantity.removesuffix("m")) / (1000 if quantity.endswith("m") else 1)


@every_service
def test_the_command_exists(profile: str, name: str) -> None:
    _, container = pod_of(profile, name)
    assert container["command"][:2] == ["python", "-m"]
    assert callable(import_module(f"{container['command'][2]}.__main__").main)


@every_service
def test_every_variable_is_a_setting_of_the_service(profile: str, name: str) -> None:
    _, container = pod_of(profile, name)
    known = {setting.variable for setting in settings_of(SETTINGS[container["command"][2]])}
    known.add("FORWARDED_ALLOW_IPS")  # uvicorn's own
    assert {item["name"] for item in container["env"]} <= known
    settings_in(profile, name)


@every_service
def test_the_service_listens_on_the_declared_ports(profile: str, name: str) -> None:
    settings = settings_in(profile, name)
    _, container = pod_of(profile, name)
    ports = {port["name"]: port["containerPort"] for port in container["ports"]}
    assert ports.pop("web") == settings.metrics_port == type(settings)().metrics_port
    assert list(ports.values()) == ([settings.gateway_port] if "http" in ports else [])


@every_service
async def test_the_paths_of_probes_answer(profile: str, name: str) -> None:
    _, container = pod_of(profile, name)
    metrics = Metrics()
    health = Health("test", metrics)
    health.met("start")
    app = admin_app(health, metrics)
    for probe in ("startupProbe", "readinessProbe", "livenessProbe"):
        asked = container[probe]["httpGet"]
        sent: list[Any] = []

        async def send(message: Any, sent: list[Any] = sent) -> None:
            sent.append(message)

        await app({"type": "http", "path": asked["path"]}, None, send)  # type: ignore[arg-type] # unused
        assert (asked["port"], sent[0]["status"]) == ("web", 200)
    assert container["livenessProbe"]["httpGet"]["path"] == "/healthz"
    assert container["readinessProbe"]["httpGet"]["path"] == "/readyz"


@every_service
def test_files_of_settings_are_mounted_from_secrets(profile: str, name: str) -> None:
    template, container = pod_of(profile, name)
    secrets = {item["metadata"]["name"]: item for item in installation(profile).of("Secret")}
    volumes = {volume["name"]: volume for volume in template["spec"]["volumes"]}
    mounts = {mount["mountPath"]: volumes[mount["name"]] for mount in container["volumeMounts"]}
    files = [item["value"] for item in container["env"] if item["name"].endswith("_FILE")]
    for file in files:
        folder, _, key = file.rpartition("/")
        secret = mounts[folder]["secret"]
        if secret["secretName"] != "ei-redis-tls":
            assert key in secrets[secret["secretName"]]["stringData"]


@every_service
def test_a_service_has_only_the_password_of_its_role(profile: str, name: str) -> None:
    template, container = pod_of(profile, name)
    role = settings_in(profile, name).queue.queue_user
    assert role == {"apps.inference": "worker"}.get(container["command"][2], container["name"])
    mounted = {volume.get("secret", {}).get("secretName") for volume in template["spec"]["volumes"]}
    others = {secret_name(other.name) for other in ROLES} - {secret_name(role)}
    assert mounted & others == set()


@every_service
def test_a_pod_has_time_to_finish_what_it_holds(profile: str, name: str) -> None:
    template, _ = pod_of(profile, name)
    longest = max(InferenceSettings().freshness, JobSettings().job_claim)
    assert template["spec"]["terminationGracePeriodSeconds"] >= 2 * longest


@every_profile
def test_a_gateway_listens_until_no_service_routes_to_it(profile: str) -> None:
    template, container = pod_of(profile, "ei-gateway-server-deployment")
    python, flag, code = container["lifecycle"]["preStop"]["exec"]["command"]
    (seconds,) = re.findall(r"time\.sleep\((\d+)\)", code)
    compile(code, "preStop", "exec")
    assert (python, flag) == ("python", "-c")
    assert 3 <= int(seconds) < template["spec"]["terminationGracePeriodSeconds"] / 2


@every_profile
def test_pods_meet_the_restricted_standard(profile: str) -> None:
    for deployment, container in installation(profile).containers:
        spec = deployment["spec"]["template"]["spec"]
        assert spec["automountServiceAccountToken"] is False
        assert spec["securityContext"]["runAsNonRoot"] is True
        assert spec["securityContext"]["runAsUser"] > 0
        assert spec["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
        assert container["securityContext"] == {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        }
        assert not {"hostNetwork", "hostPID", "hostIPC"} & spec.keys()


@every_profile
def test_cpu_of_workers_and_memory_of_all_pods_is_guaranteed(profile: str) -> None:
    for _, container in installation(profile).containers:
        asked, most = (container["resources"][key] for key in ("requests", "limits"))
        assert asked["memory"] == most["memory"]
        assert cores(asked["cpu"]) <= cores(most["cpu"])
        if container["name"] == "inference":
            assert asked == most


@every_profile
def test_selectors_match_pods(profile: str) -> None:
    made = installation(profile)
    pods = [deployment["spec"]["template"]["metadata"]["labels"] for deployment, _ in
            made.containers]  # fmt: skip
    for deployment in made.of("Deployment"):
        wanted = deployment["spec"]["selector"]["matchLabels"].items()
        assert sum(wanted <= labels.items() for labels in pods) == 1
    for kind in ("Service", "PodDisruptionBudget"):
        for item in made.of(kind):
            selector = item["spec"]["selector"]
            wanted = selector.get("matchLabels", selector).items()
            assert sum(wanted <= labels.items() for labels in pods) == 1, item["metadata"]


@every_profile
def test_services_route_to_ports_of_containers(profile: str) -> None:
    made = installation(profile)
    for service in made.of("Service"):
        app = service["spec"]["selector"]["app"]
        names = {
            port["name"]
            for deployment, container in made.containers
            if deployment["spec"]["template"]["metadata"]["labels"]["app"] == app
            for port in container["ports"]
        }
        assert {port["targetPort"] for port in service["spec"]["ports"]} <= names
    for ingress in made.of("Ingress"):
        backend = ingress["spec"]["rules"][0]["http"]["paths"][0]["backend"]["service"]
        service = made.one("Service", backend["name"])
        assert backend["port"]["name"] in {port["name"] for port in service["spec"]["ports"]}


@every_profile
def test_service_accounts_and_claims_that_are_named_exist(profile: str) -> None:
    made = installation(profile)
    accounts = {item["metadata"]["name"]: item for item in made.of("ServiceAccount")}
    for deployment, _ in made.containers:
        name = deployment["spec"]["template"]["spec"]["serviceAccountName"]
        assert accounts[name]["automountServiceAccountToken"] is False


@every_profile
def test_everything_is_in_one_namespace(profile: str) -> None:
    namespaces = {
        item["metadata"]["namespace"]
        for item in installation(profile).documents
        if item["kind"] != "Namespace"
    }
    assert len(namespaces) == 1
    names = {item["metadata"]["name"] for item in installation(profile).of("Namespace")}
    assert names <= namespaces
    assert bool(names) == (namespaces != {"default"})


def test_the_names_of_the_previous_system_are_kept() -> None:
    made = installation("usual")
    names = {(item["kind"], item["metadata"]["name"]) for item in made.documents}
    tasks = ("face-int8", "face-fp32", "people", "car-int8", "car-fp32")
    assert {
        ("ConfigMap", "ei-redis-config"),
        ("Deployment", "ei-redis-deployment"),
        ("Deployment", "ei-gateway-server-deployment"),
        ("Service", "ei-redis-svc"),
        ("Service", "ei-gateway-server-svc"),
        *(("Deployment", f"ei-infer-{task}-app") for task in tasks),
        *(("Service", f"ei-infer-{task}-app") for task in tasks),
        *(("Deployment", f"ei-sample-{task}-deployment") for task in tasks),
    } <= names
    ports = {
        item["metadata"]["name"]: item["spec"]["ports"][0].get("nodePort")
        for item in made.of("Service")
    }
    assert (ports["ei-gateway-server-svc"], ports["ei-redis-svc"]) == (31002, 31003)


@every_profile
def test_every_task_has_one_autoscaler_for_its_workers(profile: str) -> None:
    made = installation(profile)
    workers = {
        deployment["metadata"]["name"]
        for deployment, container in made.containers
        if container["name"] == "inference"
    }
    scaled = [*made.of("HorizontalPodAutoscaler"), *made.of("ScaledObject")]
    targets = [item["spec"]["scaleTargetRef"]["name"] for item in scaled]
    assert sorted(targets) == sorted(workers)
    assert all("replicas" not in made.one("Deployment", name)["spec"] for name in workers)


@pytest.mark.parametrize("profile", ["usual", "cpu"])
def test_an_hpa_has_the_limits_and_behaviour_of_the_policy_file(profile: str) -> None:
    shipped = load_policy(HPA)
    for item in installation(profile).of("HorizontalPodAutoscaler"):
        policy = parse_policy(item, origin="generated")
        metric = policy.metric if profile == "cpu" else dataclasses.replace(
            policy.metric, labels=shipped.metric.labels
        )  # fmt: skip
        wanted = dataclasses.replace(shipped, deployment=policy.deployment, metric=metric)
        if profile == "usual":
            task = dict(policy.metric.labels)["task"]
            assert (item["metadata"]["name"], metric) == (f"ei-infer-{task}-app", shipped.metric)
        assert dataclasses.replace(policy, metric=metric) == wanted


@pytest.mark.parametrize("profile", ["keda", "zero"])
def test_a_scaled_object_has_the_limits_and_behaviour_of_the_policy_file(profile: str) -> None:
    shipped = load_policy(HPA)
    for item in installation(profile).of("ScaledObject"):
        policy, query, silence, zero = parse_scaled_object(item, origin="generated")
        assert policy.metric.target_milli == shipped.metric.target_milli
        assert (policy.up, policy.down) == (shipped.up, shipped.down)
        assert policy.max_replicas == shipped.max_replicas
        assert (silence.replicas, silence.never_fewer) == (1, True)
        assert (zero is not None) == (profile == "zero")
        task = item["metadata"]["labels"]["ei/task"]
        assert f'task="{task}"' in query
        assert 'namespace="elastic-inference"' in query


@every_profile
def test_the_simulator_reads_every_autoscaler_and_accepts_missing_metrics(
    profile: str, tmp_path: Path
) -> None:
    made = installation(profile)
    item = [*made.of("HorizontalPodAutoscaler"), *made.of("ScaledObject")][0]
    path = tmp_path / "policy.yaml"
    path.write_text(yaml.safe_dump(item))
    scaling = load_scaling(path)
    dark = Cluster(replicas=5, dark=(300.0, 900.0))
    run = simulate(steady(70, seconds=1200), scaling, dark)
    assert min(run.replicas[300:900]) >= run.replicas[299]


def test_the_rule_from_zero_requests_the_current_workers_with_the_shipped_target() -> None:
    text = (ROOT / "kubernetes" / "scaling" / "from-zero-rule.yaml").read_text()
    (rule,) = yaml.safe_load(text)["groups"][0]["rules"]
    factor = re.search(r"([\d.]+) \* sum by", rule["expr"])
    assert factor is not None
    assert float(factor[1]) == load_policy(HPA).metric.target_milli / 1000


def test_the_gateway_counts_the_tasks_that_have_workers() -> None:
    for profile in PROFILES:
        made = installation(profile)
        tasks = {item["metadata"]["name"] for item in made.of("Deployment")}
        settings = settings_in(profile, "ei-gateway-server-deployment")
        assert {f"ei-infer-{task}-app" for task in settings.tasks} <= tasks


def test_behind_an_ingress_the_gateway_trusts_only_the_controller() -> None:
    _, container = pod_of("keda", "ei-gateway-server-deployment")
    (trusted,) = [e["value"] for e in container["env"] if e["name"] == "FORWARDED_ALLOW_IPS"]
    hosts = _TrustedHosts(trusted)
    assert all(address in hosts for address in ("10.42.0.7", "192.168.1.2", "fd00::1"))
    assert not any(address in hosts for address in ("203.0.113.7", "2001:db8::7"))


def test_an_ingress_has_a_certificate_for_the_name_that_it_serves() -> None:
    (ingress,) = installation("keda").of("Ingress")
    assert ingress["spec"]["rules"][0]["host"] == "ei.example.org"
    assert ingress["spec"]["tls"][0]["hosts"] == ["ei.example.org"]


def test_images_are_pulled_with_the_secret_that_was_named() -> None:
    for profile, wanted in (("zero", [{"name": "registry"}]), ("usual", None)):
        for account in installation(profile).of("ServiceAccount"):
            assert account.get("imagePullSecrets") == wanted


@every_service
def test_the_threads_of_a_worker_follow_its_cpu_limit(profile: str, name: str) -> None:
    """The quota is a whole number of cores: a fraction would throttle a worker during a frame."""
    _, container = pod_of(profile, name)
    if container["name"] == "inference":
        assert cores(container["resources"]["limits"]["cpu"]).is_integer()
