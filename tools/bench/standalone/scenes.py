"""Speed of drawing scenes on one core: `python -m tools.bench.standalone.scenes [SCENE]...`.

It measures the CPU time of this process, so that other load matters little. The time includes
everything up to the pixels, also the drawing of sprites, but no JPEG encoding.
"""

from __future__ import annotations

import argparse
import time
from dataclasses import replace

from apps.scenes.catalogue import PLANS, build
from apps.vision.image import encode_jpeg

COLUMNS = ("scene", "open s", "first fps", "later fps", "with truth", "with JPEG")


def measure(name: str, frames: int) -> tuple[str, ...]:
    """One row of the table: first frames, later frames, then with truth and with JPEG."""
    scene = build(replace(PLANS[name].usual, seed=7))
    start = time.process_time()
    scene.draw(0, 0.0)
    opened = time.process_time() - start
    rates = []
    for block, work in enumerate(("draw", "draw", "truth", "jpeg")):
        start = time.process_time()
        for number in range(block * frames, (block + 1) * frames):
            if work == "truth":
                scene.frame(number)
                continue
            pixels = scene.draw(number, number / scene.fps)
            if work == "jpeg":
                encode_jpeg(pixels, 85)
        rates.append(frames / (time.process_time() - start))
    return (name, f"{opened:.2f}", *(f"{rate:.0f}" for rate in rates))


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("scene", nargs="*", help=f"{', '.join(PLANS)} (all)")
    parser.add_argument("--frames", type=int, default=300, help="frames per column (300)")
    arguments = parser.parse_args()
    print(" ".join(f"{column:>11}" for column in COLUMNS))
    for name in arguments.scene or PLANS:
        print(" ".join(f"{cell:>11}" for cell in measure(name, arguments.frames)), flush=True)


if __name__ == "__main__":
    main()
