"""The scripts that run one service each."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import av
import httpx
import numpy as np
import pytest
import redis as redis_py

from apps.local.ports import free_port
from apps.local.redis_server import RedisServer, find_binary
from apps.pipeline.messages import Frame, wire
from apps.vision.image import encode_jpeg, jpeg_size

PASSWORD = 's3cret "\\ x'
ROOT = Path(__file__).resolve().parents[3]

pytestmark = [pytest.mark.redis, pytest.mark.timeout(120)]


def script(name: str, /, *arguments: str, **environment: str) -> subprocess.Popen[str]:
    clean = {key: value for key, value in os.environ.items() if not key.startswith("EI_")}
    return subprocess.Popen(
        [str(ROOT / "tools" / name), *arguments], env={**clean, **environment},
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip


@pytest.fixture
def locked_redis(short_folder: Path) -> Iterator[RedisServer]:
    """A Redis on a port, with a password."""
    server = RedisServer(short_folder, port=free_port(), password=PASSWORD, binary=find_binary())
    server.start()
    yield server
    server.stop()


@pytest.fixture
def camera(tmp_path: Path) -> Path:
    """A file with consecutive JPEG images in place of a camera."""
    path = tmp_path / "video0"
    pictures = [encode_jpeg(np.full((240, 320, 3), 10 * n, np.uint8), 80) for n in range(20)]
    path.write_bytes(b"".join(pictures))
    return path


def frames(server: RedisServer, task: str, seconds: float = 60) -> list[Frame]:
    client = redis_py.Redis(port=server.port, password=server.password)
    deadline = time.monotonic() + seconds
    while not (found := client.lrange(f"queue_{task}", 0, -1)):
        assert time.monotonic() < deadline, "no frame came"
        time.sleep(0.1)
    client.close()
    return [wire.decode(Frame, frame) for frame in found]  # type: ignore[arg-type]  # bytes


def test_run_css_sends_frames_of_a_camera_to_a_redis_with_password(
    locked_redis: RedisServer, camera: Path
) -> None:
    password = locked_redis.settings.queue_password_file
    process = script(
        "run-css.sh", "-v", "0", "-t", "face", "-s", "door", "-p", str(locked_redis.port),
        EI_QUEUE_PASSWORD_FILE=password, EI_CAMERA_PATH=str(camera.parent / "video{index}"),
        EI_METRICS_PORT="0",
    )  # fmt: skip
    try:
        first = frames(locked_redis, "face")[0]
        assert (first.name, first.category) == ("door", "face")
        assert jpeg_size(first.data) == (320, 240)
    finally:
        process.terminate()
        _, log = process.communicate(timeout=60)
    assert process.returncode == 0
    assert "s3cret" not in log


def test_run_css_keeps_trying_with_a_wrong_password_and_does_not_log_it(
    locked_redis: RedisServer, camera: Path, tmp_path: Path
) -> None:
    wrong = tmp_path / "wrong"
    wrong.write_text("wr0ng")
    process = script(
        "run-css.sh", "-p", str(locked_redis.port), EI_QUEUE_PASSWORD_FILE=str(wrong),
        EI_CAMERA_PATH=str(camera), EI_METRICS_PORT="0",
    )  # fmt: skip
    assert process.stderr is not None
    said = ""
    for line in process.stderr:
        said += line
        if "invalid username-password pair" in line:
            break
    time.sleep(1)
    assert process.poll() is None
    process.terminate()
    _, rest = process.communicate(timeout=60)
    assert "wr0ng" not in said + rest


def test_run_fss_sends_frames_of_a_video_file(locked_redis: RedisServer, tmp_path: Path) -> None:
    video = tmp_path / "clip.mp4"
    with av.open(str(video), "w") as container:
        stream = container.add_stream("mpeg4", rate=10)
        stream.width, stream.height = 64, 48
        for number in range(10):
            picture = np.full((48, 64, 3), 20 * number, np.uint8)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="bgr24")))
        container.mux(stream.encode())
    process = script(
        "run-fss.sh", "-v", str(video), "-t", "people", "-p", str(locked_redis.port),
        EI_QUEUE_PASSWORD_FILE=locked_redis.settings.queue_password_file, EI_METRICS_PORT="0",
    )  # fmt: skip
    try:
        assert jpeg_size(frames(locked_redis, "people")[0].data) == (64, 48)
    finally:
        process.terminate()
        process.communicate(timeout=60)


def test_run_redis_requires_the_password_of_the_file(tmp_path: Path) -> None:
    secret, port = tmp_path / "password", free_port()
    secret.write_text('pa 55"\\ word\n')
    process = script("run-redis.sh", "-p", str(port), EI_QUEUE_PASSWORD_FILE=str(secret))
    try:
        client = redis_py.Redis(port=port, password='pa 55"\\ word')
        deadline = time.monotonic() + 60
        while True:
            try:
                assert client.ping()
                break
            except redis_py.ConnectionError:
                assert time.monotonic() < deadline
                time.sleep(0.1)
        with pytest.raises(redis_py.AuthenticationError):
            redis_py.Redis(port=port).ping()
        client.close()
    finally:
        process.terminate()
        process.communicate(timeout=60)


@pytest.mark.timeout(300)
def test_the_scripts_together_run_the_system(camera: Path, tmp_path: Path) -> None:
    secret, port, web, metrics = tmp_path / "password", str(free_port()), free_port(), free_port()
    secret.write_text(PASSWORD)
    environment = {
        "EI_QUEUE_PASSWORD_FILE": str(secret), "EI_METRICS_PORT": "0", "EI_QUEUE_PORT": port,
    }  # fmt: skip
    lines = [
        ("run-redis.sh", "-p", port),
        ("run-css.sh", "-v", "0", "-t", "face", "-s", "door", "-p", port),
        ("run-ois.sh", "-t", "face", "-i", "127.0.0.1", "-p", str(metrics)),
        ("run-gws.sh", "-p", port, "-w", str(web)),
    ]
    path = str(camera.parent / "video{index}")
    own = [{}, {"EI_CAMERA_PATH": path}, {}, {}]
    running = [script(*line, **environment, **more) for line, more in zip(lines, own, strict=True)]
    try:
        (stream,) = _until(lambda: _inferred(web))
        assert (stream["id"], stream["state"]) == ("door:face", "live")
        assert (
            "ei_offered_work_seconds_total" in httpx.get(f"http://127.0.0.1:{metrics}/metrics").text
        )
        picture = encode_jpeg(np.zeros((240, 320, 3), np.uint8), 80)
        answer = httpx.post(f"http://127.0.0.1:{web}/api/infer/face", content=picture, timeout=30)
        assert (answer.status_code, answer.json()["detections"]) == (200, [])
    finally:
        logs = []
        for process in reversed(running):
            process.terminate()
            logs.append(process.communicate(timeout=60)[1])
    assert [process.returncode for process in running] == [0, 0, 0, 0]
    assert "s3cret" not in "".join(logs)


def _inferred(port: int) -> list[dict[str, Any]]:
    """Streams with results."""
    try:
        streams = httpx.get(f"http://127.0.0.1:{port}/api/streams", timeout=10).json()["streams"]
    except httpx.HTTPError:
        return []
    return [stream for stream in streams if stream["inferred_fps"]]


def _until(look: Callable[[], list[dict[str, Any]]]) -> list[dict[str, Any]]:
    deadline = time.monotonic() + 120
    while not (found := look()):
        assert time.monotonic() < deadline
        time.sleep(0.2)
    return found


@pytest.mark.parametrize(
    ("name", "arguments", "words"),
    [
        ("run-css.sh", ["-v", "front"], "-v front: write a number"),
        ("run-css.sh", ["-x"], "-x is not an option"),
        ("run-css.sh", ["-t"], "-t is not an option, or its value is missing"),
        ("run-fss.sh", [], "name a video file with -v"),
        ("run-ois.sh", ["-o", "elsewhere"], "live in one Redis"),
        ("run-ois.sh", ["-m", "/nowhere"], "there is no such folder"),
        ("run-wss.sh", [], "part of the gateway"),
    ],
)
def test_a_wrong_option_is_answered_with_one_line(
    name: str, arguments: list[str], words: str
) -> None:
    process = script(name, *arguments)
    _, log = process.communicate(timeout=60)
    assert process.returncode == 1
    assert words in log
    assert len(log.splitlines()) == 1


@pytest.mark.parametrize("name", ["css", "fss", "ois", "gws", "redis"])
def test_every_script_explains_itself(name: str) -> None:
    process = script(f"run-{name}.sh", "-h")
    text, _ = process.communicate(timeout=60)
    assert process.returncode == 0
    assert "-h  this text" in text
