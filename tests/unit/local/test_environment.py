"""Each service of a local run receives only its own settings from the environment."""

from __future__ import annotations

import pytest

from apps.local.processes.environment import environment_of, refuse_foreign_variables
from apps.runtime.errors import SettingsError

OURS = {"EI_SIZE": "640x360", "EI_FRESHNESS": "1", "EI_UPLOAD_BYTES": "5000", "EI_FRAME_BYTES": "9"}


@pytest.fixture(autouse=True)
def _variables(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in OURS.items():
        monkeypatch.setenv(name, value)


@pytest.mark.parametrize(
    ("module", "given"),
    [
        ("apps.streams", {"EI_SIZE", "EI_FRAME_BYTES"}),
        ("apps.inference", {"EI_FRESHNESS", "EI_FRAME_BYTES"}),
        ("apps.gateway", {"EI_UPLOAD_BYTES", "EI_FRAME_BYTES"}),
    ],
)
def test_a_service_receives_the_settings_that_it_knows(module: str, given: set[str]) -> None:
    assert environment_of(module).keys() & OURS.keys() == given


def test_other_variables_reach_every_service(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LANG", "C.UTF-8")
    assert environment_of("apps.streams")["LANG"] == "C.UTF-8"


def test_the_address_of_another_redis_is_not_passed_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EI_QUEUE_PASSWORD_FILE", "/secret")
    monkeypatch.setenv("EI_QUEUE_HOST", "elsewhere")
    assert not {name for name in environment_of("apps.gateway") if name.startswith("EI_QUEUE_P")}
    assert "EI_QUEUE_HOST" not in environment_of("apps.gateway")


def test_a_misspelt_setting_is_refused_with_the_most_similar_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    refuse_foreign_variables()
    monkeypatch.setenv("EI_SIZES", "640x360")
    with pytest.raises(SettingsError, match="EI_SIZES is not a setting; did you mean EI_SIZE"):
        refuse_foreign_variables()
