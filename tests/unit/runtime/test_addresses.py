"""Rules for stream addresses: which may be opened, and which parts may be shown."""

from __future__ import annotations

import pytest

from apps.runtime import addresses
from apps.runtime.errors import SourceError


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("rtsp://cam/live", ("cam", 554)),
        ("rtsps://cam/live", ("cam", 322)),
        ("http://u:p@10.0.0.7:8080/video", ("10.0.0.7", 8080)),
        ("HTTPS://[2001:db8::1]/x", ("2001:db8::1", 443)),
    ],
)
def test_an_address_has_a_host_and_a_port(address: str, expected: tuple[str, int]) -> None:
    assert addresses.host_and_port(address) == expected


@pytest.mark.parametrize(
    "address",
    [
        "file:///etc/passwd",
        "concat:rtsp://a|rtsp://b",
        "/dev/video0",
        "rtsp:///live",
        "rtsp://cam:port/",
        "rtsp://cam:99999/",
        "http://cam/\r\nX: y",
        "http://[::1",
        "",
    ],
)
def test_other_addresses_are_refused(address: str) -> None:
    with pytest.raises(SourceError):
        addresses.host_and_port(address)


@pytest.mark.parametrize(
    "ip",
    [
        "127.0.0.1",
        "127.8.8.8",
        "::1",
        "0.0.0.0",
        "169.254.169.254",
        "169.254.1.1",
        "fe80::1%eth0",
        "::ffff:127.0.0.1",
        "::ffff:169.254.169.254",
        "64:ff9b::7f00:1",
        "2002:7f00:1::",
        "100.100.100.200",
        "fd00:ec2::254",
        "224.0.0.1",
        "255.255.255.255",
    ],
)
def test_addresses_inside_the_installation_are_not_opened(ip: str) -> None:
    assert addresses.refusal("camera.example", ["10.0.0.5", ip])


@pytest.mark.parametrize("ip", ["10.0.0.5", "192.168.1.9", "8.8.8.8", "2001:db8:1::5", "fd12::5"])
def test_cameras_on_private_and_public_networks_are_opened(ip: str) -> None:
    assert addresses.refusal("camera.example", [ip]) == ""


@pytest.mark.parametrize("allow", ["127.0.0.0/8", "127.0.0.1", "Localhost"])
def test_an_allowed_host_is_opened(allow: str) -> None:
    assert addresses.refusal("localhost", ["127.0.0.1"], [allow]) == ""


def test_an_allowed_network_allows_no_other_network() -> None:
    assert addresses.refusal("localhost", ["127.0.0.1", "169.254.169.254"], ["127.0.0.0/8"])


def test_an_address_is_resolved_before_it_is_opened() -> None:
    asked = []

    def lookup(host: str, port: int) -> list[str]:
        asked.append((host, port))
        return ["127.0.0.1"]

    with pytest.raises(SourceError, match="this machine itself"):
        addresses.check("rtsp://innocent.example/live", lookup=lookup)
    assert asked == [("innocent.example", 554)]


def test_numbers_that_resolve_to_loopback_are_refused() -> None:
    with pytest.raises(SourceError, match="this machine itself"):
        addresses.check("http://2130706433/video")


def test_users_see_an_address_without_credentials() -> None:
    source = "rtsp://admin:hunter2@10.0.0.5/live?token=abc&x=1"
    assert addresses.without_credentials(source) == "rtsp://10.0.0.5/live?token=***&x=1"


def test_an_admin_sees_the_user_name_but_no_secret() -> None:
    source = "rtsp://admin:hunter2@10.0.0.5/live?token=abc&x=1"
    assert addresses.shown(source) == "rtsp://admin@10.0.0.5/live?token=***&x=1"


@pytest.mark.parametrize(
    ("new", "old", "expected"),
    [
        ("rtsp://u@cam/two", "rtsp://u:pw@cam/one", "rtsp://u:pw@cam/two"),
        ("rtsp://u@cam:554/two", "rtsp://u:pw@cam/one", "rtsp://u:pw@cam/two"),
        ("rtsp://u:new@cam/one", "rtsp://u:pw@cam/one", "rtsp://u:new@cam/one"),
        ("rtsp://u@evil/one", "rtsp://u:pw@cam/one", "rtsp://u@evil/one"),
        ("rtsp://u@cam:99/one", "rtsp://u:pw@cam/one", "rtsp://u@cam:99/one"),
        ("rtsp://v@cam/one", "rtsp://u:pw@cam/one", "rtsp://v@cam/one"),
        ("http://u@cam:554/", "rtsp://u:pw@cam/", "http://u@cam:554/"),
        ("http://c/v?token=***", "http://c/v?token=abc", "http://c/v?token=abc"),
        ("http://e/v?token=***", "http://c/v?token=abc", "http://e/v?token=***"),
        ("synthetic:", "rtsp://u:pw@cam/", "synthetic:"),
    ],
)
def test_omitted_secrets_are_kept_for_the_same_host_only(new: str, old: str, expected: str) -> None:
    assert addresses.inherit(new, old) == expected
