"""Settings are typed; unknown or malformed settings stop the service with one line."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import pytest

from apps.runtime.errors import SettingsError
from apps.runtime.settings import QueueSettings, load, parse, setting, settings_of


@dataclass(frozen=True)
class Pump:
    """Settings of an invented service."""

    rate: float = setting(1.5, "Litres.", unit="1/s", low=0.5, high=9)
    count: int = setting(3, "How many.", low=1)
    quiet: bool = setting(False, "Say less than 100%.")
    kind: str = setting("deep", "Which.", choices=("deep", "flat"))
    folders: tuple[str, ...] = setting((), "Where.")
    levels: tuple[int, ...] = setting((1, 2), "How high.", low=0)
    log: Path = setting(Path("log"), "Where to.")  # noqa: RUF009 - a path is immutable
    admin_password: str = setting("", "Never shown.")
    queue: QueueSettings = field(default_factory=QueueSettings)


def test_settings_have_defaults() -> None:
    assert parse(Pump, {}, {}) == Pump()


def test_a_variable_sets_a_field_and_a_flag_wins() -> None:
    assert parse(Pump, {"EI_RATE": "2"}, {}).rate == 2.0
    assert parse(Pump, {"EI_RATE": "2"}, {"rate": "3"}).rate == 3.0


def test_fields_of_nested_dataclasses_are_read_as_fields_of_the_outer_one() -> None:
    settings = parse(Pump, {"EI_QUEUE_HOST": "redis"}, {"queue_port": "7000"})
    assert settings.queue == QueueSettings(queue_host="redis", queue_port=7000)


@pytest.mark.parametrize("text", ["true", "1", "yes", "ON"])
def test_values_that_mean_true(text: str) -> None:
    assert parse(Pump, {"EI_QUIET": text}, {}).quiet is True


@pytest.mark.parametrize("text", ["false", "0", "no", "Off"])
def test_values_that_mean_false(text: str) -> None:
    assert parse(Pump, {"EI_QUIET": text}, {}).quiet is False


def test_a_list_is_separated_by_commas() -> None:
    settings = parse(Pump, {"EI_FOLDERS": " a, b ,,c", "EI_LEVELS": "5,6"}, {})
    assert (settings.folders, settings.levels) == (("a", "b", "c"), (5, 6))
    assert parse(Pump, {"EI_LEVELS": ""}, {}).levels == ()


def test_a_path_is_read_as_path() -> None:
    assert parse(Pump, {}, {"log": "/tmp/x"}).log == Path("/tmp/x")


@pytest.mark.parametrize(
    ("variable", "text", "says"),
    [
        ("EI_RATE", "fast", "EI_RATE='fast': write a number"),
        ("EI_RATE", "nan", "EI_RATE='nan': write a number"),
        ("EI_RATE", "0.4", "the smallest allowed value is 0.5"),
        ("EI_RATE", "inf", "the largest allowed value is 9"),
        ("EI_COUNT", "1.5", "EI_COUNT='1.5': write a whole number"),
        ("EI_COUNT", "", "write a whole number"),
        ("EI_QUIET", "maybe", "write true or false"),
        ("EI_KIND", "tall", "choose one of deep, flat"),
        ("EI_LEVELS", "1,-1", "the smallest allowed value is 0"),
        ("EI_QUEUE_PORT", "70000", "the largest allowed value is 65535"),
    ],
)
def test_a_malformed_value_is_explained(variable: str, text: str, says: str) -> None:
    with pytest.raises(SettingsError) as caught:
        parse(Pump, {variable: text}, {})
    assert says in str(caught.value)
    assert "\n" not in str(caught.value)


def test_the_error_of_a_wrong_flag_names_the_flag() -> None:
    with pytest.raises(SettingsError, match="--rate='x'"):
        parse(Pump, {"EI_RATE": "1"}, {"rate": "x"})


def test_the_error_of_a_misspelt_variable_suggests_a_name() -> None:
    with pytest.raises(SettingsError, match=r"did you mean EI_RATE\?"):
        parse(Pump, {"EI_RATES": "2"}, {})
    with pytest.raises(SettingsError, match="see --help"):
        parse(Pump, {"EI_XYZZY_PLUGH": "2"}, {})


@pytest.mark.parametrize(
    "variable",
    [
        "HOME", "EI_TEST_DATA", "EI_GATEWAY_SERVICE_HOST", "EI_GATEWAY_SERVICE_PORT",
        "EI_GATEWAY_SERVICE_PORT_HTTP", "EI_GATEWAY_PORT", "EI_GATEWAY_PORT_5000_TCP_ADDR",
    ],
)  # fmt: skip
def test_variables_of_tools_and_of_kubernetes_are_ignored(variable: str) -> None:
    assert parse(Pump, {variable: "x"}, {}) == Pump()


def test_every_setting_is_described_once_and_in_order() -> None:
    described = settings_of(Pump)
    assert [item.name for item in described][:3] == ["rate", "count", "quiet"]
    assert len({item.name for item in described}) == len(described)
    rate = described[0]
    assert (rate.variable, rate.flag, rate.type_name) == ("EI_RATE", "--rate", "float")
    assert (rate.default, rate.unit, rate.text) == ("1.5", "1/s", "Litres.")
    by_name = {item.name: item for item in described}
    assert (by_name["quiet"].default, by_name["levels"].default) == ("false", "1,2")
    assert by_name["levels"].type_name == "list"
    assert by_name["admin_password"].secret
    assert not by_name["queue_password_file"].secret


def test_load_reads_the_command_line_and_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EI_COUNT", "5")
    settings = load(Pump, description="Pumps.", argv=["--rate", "2"])
    assert (settings.rate, settings.count) == (2.0, 5)


def test_a_wrong_setting_ends_the_process_with_one_line(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(SystemExit) as caught:
        load(Pump, description="Pumps.", argv=["--rate", "x"])
    assert caught.value.code == 2
    assert capsys.readouterr().err == "settings: --rate='x': write a number\n"


def test_a_secret_cannot_be_given_on_the_command_line(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        load(Pump, description="Pumps.", argv=["--admin-password", "x"])
    assert "unrecognized arguments: --admin-password" in capsys.readouterr().err


def test_help_shows_every_setting_with_unit_variable_and_default(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(SystemExit) as caught:
        load(Pump, description="Pumps.", argv=["--help"])
    assert caught.value.code == 0
    shown = " ".join(capsys.readouterr().out.split())
    assert "Litres. [1/s] (EI_RATE; default: 1.5)" in shown
    assert "Say less than 100%. (EI_QUIET; default: false)" in shown
    assert "admin" not in shown


def test_a_flag_cannot_be_abbreviated(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        load(Pump, description="Pumps.", argv=["--rat", "2"])
    assert "unrecognized arguments" in capsys.readouterr().err
