"""The table of commands. It imports nothing of the project, so that `ei --help` is fast."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["COMMANDS", "Command"]


@dataclass(frozen=True, slots=True)
class Command:
    """One command of `ei`.

    Attributes:
        name: one word, or two for a command of a group: `models list`.
        text: what it does, one sentence for `ei --help`.
        example: a call, for `ei --help`.
        module: the module that is run, as `python -m` runs it.
        script: the script of tools/ that has the same help text; it is run when there is no module.
        arguments: arguments that the command adds before those of the caller.
    """

    name: str
    text: str
    example: str
    module: str = ""
    script: str = ""
    arguments: tuple[str, ...] = ()


COMMANDS: tuple[Command, ...] = (
    Command("run", "Run the whole system on this machine.", "ei run --task people street.mp4",
            script="run-local"),
    Command("doctor", "Find the first broken link between a source and the autoscaler.",
            "ei doctor --task people", module="tools.doctor"),
    Command("jobs dead", "List, show, retry or discard jobs that failed for good.",
            "ei jobs dead list face", module="tools.jobs"),
    Command("models list", "List the models and show which are downloaded.", "ei models list",
            module="tools.models", script="download-models", arguments=("--list",)),
    Command("models download", "Download models and sample videos.",
            "ei models download --task people", module="tools.models", script="download-models"),
    Command("models validate", "Check a new model before it serves a task.",
            "ei models validate models/my-model", module="tools.validation",
            script="validate-model"),
    Command("models evaluate", "Measure the accuracy and speed of models.",
            "ei models evaluate people --data synthetic:street", module="tools.evaluation",
            script="evaluate"),
    Command("scenes", "Render synthetic scenes to video files, with ground truth.",
            "ei scenes street --out scenes", module="apps.scenes.export", script="make-scene"),
    Command("train", "Train a small model from scratch.", "ei train detector", script="train"),
    Command("manifests", "Write Kubernetes manifests that are ready to apply.",
            "ei manifests -r registry.example:5000/ei", module="tools.manifests",
            script="gen-k8s-yaml"),
    Command("monitoring", "Write the manifests of Prometheus and Grafana.",
            "ei monitoring --adapter", module="tools.manifests.install_monitoring",
            script="install-monitoring"),
    Command("simulate", "Simulate autoscaling policies.", "ei simulate check my-hpa.yaml",
            module="tools.scaling_lab", script="simulate-scaling"),
    Command("bench", "Measure the system against the limits of this machine.",
            "ei bench --quick", module="tools.bench", script="bench"),
)  # fmt: skip
