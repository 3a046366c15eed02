"""The cost of a frame measured at warm-up."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from apps.inference.service import warm_up_cost
from apps.pipeline.messages import Detection
from apps.vision.image import Picture
from tests.unit.inference.fake_engine import FakeEngine


class BusyEngine(FakeEngine):
    """Takes 30 ms of CPU time and 60 ms of wall time for a picture."""

    def __init__(self, device: str) -> None:
        super().__init__(slots=3, device=device)
        self.cpu = 0.0
        self.wall = 0.0

    def infer(self, picture: Picture) -> tuple[Detection, ...]:
        self.cpu += 0.03
        self.wall += 0.06
        return super().infer(picture)

    def clock(self) -> SimpleNamespace:
        return SimpleNamespace(process_time=lambda: self.cpu, monotonic=lambda: self.wall)


@pytest.mark.parametrize(("device", "cost"), [("CPU", 0.03 / 1.5), ("GPU", 0.06 / 3)])
def test_the_cost_is_cpu_time_on_a_cpu_and_slot_time_on_other_devices(
    device: str, cost: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = BusyEngine(device)
    monkeypatch.setattr("apps.inference.service.time", engine.clock())
    assert warm_up_cost(engine, cores=1.5) == pytest.approx(cost)
