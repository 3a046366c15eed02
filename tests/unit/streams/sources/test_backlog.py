"""The delay of the pictures of a network camera."""

from __future__ import annotations

from apps.streams.sources.backlog import Backlog


class Link:
    """A camera with 25 frames per second, and the rate at which its frames arrive."""

    def __init__(self) -> None:
        self.backlog = Backlog()
        self.camera = 100.0
        self.now = 5_000.0

    def pictures(self, count: int, *, each: float, clock: float = 0.04) -> Link:
        for _ in range(count):
            self.camera += clock
            self.now += each
            self.backlog.arrived(self.camera, int(self.now * 1e6))
        return self


def test_a_fast_enough_link_is_never_late() -> None:
    assert not Link().pictures(10_000, each=0.04).backlog.late


def test_a_slow_decoder_is_late_after_one_second_of_backlog() -> None:
    link = Link().pictures(20, each=0.06)
    assert not link.backlog.late
    assert link.pictures(40, each=0.06).backlog.late


def test_it_stays_late_until_it_has_caught_up() -> None:
    link = Link().pictures(60, each=0.06)
    assert link.pictures(20, each=0.001).backlog.late
    assert not link.pictures(20, each=0.001).backlog.late


def test_a_short_network_delay_leaves_no_backlog() -> None:
    link = Link().pictures(100, each=0.04)
    link.now += 3.0
    link.pictures(1, each=0.0)
    assert link.backlog.late
    assert not link.pictures(74, each=0.0).backlog.late


def test_a_camera_whose_clock_is_slow_is_not_late_after_a_day() -> None:
    assert not Link().pictures(50_000, each=0.04 * 1.0003).backlog.late


def test_a_restarted_camera_clock_is_not_late() -> None:
    link = Link().pictures(100, each=0.04)
    link.camera = 0.0
    assert not link.pictures(10, each=0.04).backlog.late


def test_pictures_without_a_timestamp_are_ignored() -> None:
    backlog = Backlog()
    for number in range(100):
        backlog.arrived(None, number * 10_000_000)
    assert not backlog.late
