"""The rate limit of failed sign-ins."""

from __future__ import annotations

import pytest

from apps.gateway.auth.attempts import Attempts


def fail(attempts: Attempts, address: str, times: int, now: float = 0.0) -> None:
    for _ in range(times):
        attempts.failed(address, now)


def test_five_failures_a_minute_are_let_pass() -> None:
    attempts = Attempts()
    fail(attempts, "10.0.0.1", 4)
    assert attempts.wait("10.0.0.1", 1) == 0
    fail(attempts, "10.0.0.1", 1, 1)
    assert attempts.wait("10.0.0.1", 2) == pytest.approx(58)


def test_after_a_minute_it_is_forgotten() -> None:
    attempts = Attempts()
    fail(attempts, "10.0.0.1", 5)
    assert attempts.wait("10.0.0.1", 60) == 0


def test_others_are_not_held_up() -> None:
    attempts = Attempts()
    fail(attempts, "10.0.0.1", 9)
    assert attempts.wait("10.0.0.2", 1) == 0


def test_an_ipv6_network_counts_as_one_address() -> None:
    attempts = Attempts()
    for host in range(5):
        attempts.failed(f"2001:db8::{host}", 0)
    assert attempts.wait("2001:db8::ffff", 1) > 0
    assert attempts.wait("2001:db8:0:1::1", 1) == 0


def test_memory_is_bounded() -> None:
    attempts = Attempts()
    fail(attempts, "10.9.9.9", 5)
    for number in range(5000):
        attempts.failed(f"10.{number >> 8}.{number & 255}.1", 1)
    assert attempts.wait("10.9.9.9", 2) == 0
