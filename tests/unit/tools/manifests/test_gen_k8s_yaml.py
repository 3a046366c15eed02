"""Files, output and errors of `gen-k8s-yaml.sh`."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from tools.manifests.command import main


def run(folder: Path, *flags: str) -> int:
    return main(["-r", "reg:5000/ei", "-o", str(folder), *flags])


def test_it_prints_the_command_that_applies_its_files(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(tmp_path) == 0
    printed = capsys.readouterr().out.strip()
    files = [Path(word) for word in printed.split() if word.endswith(".yaml")]
    assert printed.startswith("kubectl apply -f ")
    assert [file.name for file in files] == [
        "namespace.yaml", "secrets.yaml", "elastic-inference_reg_5000_ei.yaml",
    ]  # fmt: skip
    assert all(file.is_file() for file in files)


def test_a_second_run_changes_nothing(tmp_path: Path) -> None:
    run(tmp_path)
    before = {path: (path.read_bytes(), path.stat().st_mtime_ns) for path in tmp_path.iterdir()}
    run(tmp_path)
    after = {path: (path.read_bytes(), path.stat().st_mtime_ns) for path in tmp_path.iterdir()}
    assert after == before


def test_secrets_are_only_in_the_file_of_secrets(tmp_path: Path) -> None:
    run(tmp_path)
    secrets = [
        value
        for item in yaml.safe_load_all((tmp_path / "secrets.yaml").read_text())
        for key, value in item["stringData"].items()
        if key != "users.acl"
    ]
    others = [path.read_text() for path in tmp_path.glob("*.yaml") if path.name != "secrets.yaml"]
    assert len(secrets) == 6
    assert not any(secret in text for secret in secrets for text in others)


def test_a_template_of_the_user_is_filled(tmp_path: Path) -> None:
    template = tmp_path / "mine.yaml.template"
    template.write_text(
        "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\n"
        "spec: {containers: [{name: a, image: your-own-registry/ei-inference-service:latest}]}\n"
    )
    assert run(tmp_path, "-f", str(template), "-g", "7", "-n", "ns") == 0
    (pod,) = yaml.safe_load_all((tmp_path / "mine_reg_5000_ei.yaml").read_text())
    assert pod["spec"]["containers"][0]["image"] == "reg:5000/ei/ei-inference-service:7"
    assert pod["metadata"]["namespace"] == "ns"


def test_a_task_whose_models_are_not_in_the_images_is_reported(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run(tmp_path, "--tasks", "face,face-int8")
    note = capsys.readouterr().err
    assert 'EI_IMAGE_MODELS="face-int8"' in note
    run(tmp_path, "--tasks", "face,face-int8", "--models-claim", "models")
    assert "EI_IMAGE_MODELS" not in capsys.readouterr().err


@pytest.mark.parametrize("flags", [("--tasks", "cat"), ("-f", "nowhere.yaml"), ("-n", "A")])
def test_an_error_gives_the_reason_and_writes_no_file(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], flags: tuple[str, ...]
) -> None:
    assert run(tmp_path / "out", *flags) == 2
    assert capsys.readouterr().err.startswith("gen-k8s-yaml.sh: ")
    assert not (tmp_path / "out").exists()


def test_an_empty_token_is_an_error_and_not_replaced(tmp_path: Path) -> None:
    (tmp_path / "secrets.yaml").write_text("{}\n")
    assert run(tmp_path) == 2
