"""The previous design: one frame at a time, boxes drawn into the picture.

Written from the published description of that loop, not from its code: take one frame of the
list, trim the list, decode the full JPEG, run one synchronous request, draw the boxes, encode the
picture again and publish it.
"""

from __future__ import annotations

import itertools
import time
from typing import TYPE_CHECKING, Any

import cv2
import msgspec
import numpy as np
import openvino as ov
from redis import Redis

if TYPE_CHECKING:
    from apps.vision.models.manifest import ModelManifest

__all__ = ["OLD_LIST", "old_frame", "old_way"]

OLD_LIST = "queue_old"
_CHANNEL = "old-results"
_KEPT = 32
_LEAST_SCORE = 0.5
_EMPTY_SECONDS = 0.05


def old_frame(jpeg: bytes) -> bytes:
    """A frame in the format of the previous design."""
    return msgspec.msgpack.encode({"name": "camera", "category": "old", "data": jpeg})


def old_way(
    socket: str, compiled: ov.CompiledModel, manifest: ModelManifest, seconds: float
) -> tuple[int, float, float]:
    """Serve the list of the previous design.

    Returns:
        Frames, core-seconds, seconds.
    """
    redis = Redis(unix_socket_path=socket)
    request = compiled.create_infer_request()
    frames, cpu, began = 0, time.process_time(), time.monotonic()
    while time.monotonic() - began < seconds:
        data: Any = redis.lpop(OLD_LIST)
        if data is None:
            time.sleep(_EMPTY_SECONDS)
            continue
        length: Any = redis.llen(OLD_LIST)
        if length > _KEPT:
            redis.ltrim(OLD_LIST, -_KEPT, -1)
        jpeg = msgspec.msgpack.decode(data)["data"]
        redis.publish(_CHANNEL, _burned(jpeg, request, manifest))
        frames += 1
    spent = time.process_time() - cpu, time.monotonic() - began
    redis.close()
    return frames, *spent


def _burned(jpeg: bytes, request: ov.InferRequest, manifest: ModelManifest) -> bytes:
    pixels = np.asarray(cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR))
    small = cv2.resize(pixels, (manifest.input.width, manifest.input.height))
    request.infer(small[np.newaxis])
    rows = np.array(request.get_output_tensor(0).data).reshape(-1, 7)
    height, width = pixels.shape[:2]
    for row in itertools.takewhile(lambda row: row[0] >= 0, rows):
        if row[2] > _LEAST_SCORE:
            x0, y0, x1, y1 = (row[3:] * (width, height, width, height)).astype(int).tolist()
            cv2.rectangle(pixels, (x0, y0), (x1, y1), (0, 0, 255), 2)
            text = f"{int(row[1])} {row[2]:.0%}"
            cv2.putText(pixels, text, (x0, y0), cv2.FONT_HERSHEY_SIMPLEX, 0.7, (0, 0, 255))
    return cv2.imencode(".jpg", pixels)[1].tobytes()
