"""Speed is measured step by step, and all at once."""

from __future__ import annotations

import numpy as np

from apps.vision.image import encode_jpeg
from tools.evaluation.candidate import find_candidate
from tools.evaluation.speed import measure_speed


def test_every_step_takes_time_and_frames_come_out() -> None:
    noise = np.random.default_rng(1).integers(0, 255, (240, 320, 3), np.uint8)
    speed = measure_speed(
        find_candidate("haar-frontal-face", []), [encode_jpeg(noise, 85)], seconds=0.2
    )
    assert speed.picture == "320x240"
    assert min(speed.decode_ms, speed.prepare_ms, speed.infer_ms, speed.parse_ms) > 0
    assert speed.infer_ms > speed.parse_ms
    assert speed.frames_per_second > 0
    assert speed.threads >= 1
