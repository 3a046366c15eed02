"""A stand-in for the gateway, for work on the dashboard: the built page, REST answers that move, and
WebSockets with painted pictures whose boxes fit what is painted.

    python spa/dev/fake_gateway.py [--port 8080] [--streams 9] [--fps 15] [--password WORD] [--prefix /some/path]

No Redis, no workers, no models. `GET /dev/kill?seconds=3` drops every connection and answers nothing
for so long; `GET /dev/stop?id=<stream id>` takes a stream offline, or brings it back.
"""

from __future__ import annotations

import argparse
import asyncio
import base64
import json
import math
import mimetypes
import random
import time
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, quote

import cv2
import msgspec
import numpy as np
import uvicorn

DIST = Path(__file__).resolve().parent.parent / "dist"
CSP = "default-src 'self'; img-src 'self' blob: data:; object-src 'none'; frame-ancestors 'none'"
WIDTH, HEIGHT, LOOP = 768, 432, 150
SCENES = ["hall", "gate 2", "parking: north", "lobby", "loading dock", "crossing"]
TASKS = {
    "people": ("person-detection-retail-0013", "FP32", ["person"]),
    "face-int8": ("face-detection-retail-0005", "INT8", ["face"]),
    "face-fp32": ("face-detection-retail-0005", "FP32", ["face"]),
    "car": ("person-vehicle-bike-detection-crossroad-0078", "INT8", ["person", "vehicle", "bike"]),
}


def now() -> int:
    """Microseconds since 1970, as Redis would say."""
    return int(time.time() * 1e6)


class Scene:
    """Painted pictures in a loop, with what there is to see in each."""

    def __init__(self, seed: int, labels: list[str]) -> None:
        chance = random.Random(seed)
        top = np.array([chance.randint(40, 110) for _ in range(3)], float)
        low = np.array([chance.randint(90, 180) for _ in range(3)], float)
        ramp = np.linspace(0, 1, HEIGHT)[:, None, None]
        ground = np.broadcast_to(top + (low - top) * ramp, (HEIGHT, WIDTH, 3)).astype(np.uint8).copy()
        for _ in range(40):
            x, y = chance.randint(0, WIDTH), chance.randint(0, HEIGHT)
            cv2.rectangle(ground, (x, y), (x + chance.randint(20, 120), y + chance.randint(8, 60)),
                          [chance.randint(50, 170) for _ in range(3)], -1)
        ground = cv2.GaussianBlur(ground, (0, 0), 4)
        ground = cv2.add(ground, np.random.default_rng(seed).integers(0, 14, ground.shape, np.uint8))
        movers = [(chance.choice(labels), chance.random() * 6.3, 0.2 + 0.6 * chance.random(),
                   0.07 + 0.12 * chance.random(), chance.choice([1, 2])) for _ in range(chance.randint(2, 5))]
        self.jpegs: list[bytes] = []
        self.seen: list[list[dict[str, Any]]] = []
        for i in range(LOOP):
            self._paint(ground.copy(), movers, i)

    def _paint(self, image: Any, movers: list[Any], i: int) -> None:
        seen = []
        for n, (label, phase, y, size, turns) in enumerate(movers):
            angle = phase + 2 * math.pi * turns * i / LOOP
            x = 0.5 + 0.42 * math.sin(angle)
            w, h = size * (0.6 if label != "vehicle" else 1.4), size * 1.9 if label == "person" else size
            box = [max(0.0, x - w / 2), max(0.0, y - h / 2), min(1.0, x + w / 2), min(1.0, y + h / 2)]
            a, b = (int(box[0] * WIDTH), int(box[1] * HEIGHT)), (int(box[2] * WIDTH), int(box[3] * HEIGHT))
            cv2.rectangle(image, a, b, (60 + 40 * n, 90 + 20 * n, 200 - 35 * n), -1)
            score = 0.62 + 0.36 * abs(math.cos(angle * 1.5 + n))
            one: dict[str, Any] = {"label": label, "score": score, "box": box}
            if label == "person":
                one["track_id"] = n + 1
            seen.append(one)
        cv2.putText(image, f"{i:03d}", (12, HEIGHT - 14), cv2.FONT_HERSHEY_SIMPLEX, 0.7, (235, 235, 235), 2)
        self.jpegs.append(cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, 80])[1].tobytes())
        self.seen.append(sorted(seen, key=lambda one: -one["score"]))


class World:
    """Streams and what is asked of them."""

    def __init__(self, count: int, fps: float, password: str | None) -> None:
        self.fps, self.password, self.started = fps, password, now()
        self.down_until = 0.0
        self.signed_in: dict[str, str] = {}
        self.streams: dict[str, dict[str, Any]] = {}
        self.scenes: dict[str, Scene] = {}
        self.sockets: set[asyncio.Task[None]] = set()
        plan = [(SCENES[0], "face-int8"), (SCENES[0], "face-fp32")]
        plan += [(SCENES[i % 6] if i < 6 else f"{SCENES[i % 6]} {i // 6 + 1}", ["people", "car"][i % 2]) for i in range(1, count)]
        for name, task in plan[:count]:
            self.add(name, task, f"rtsp://10.0.0.{len(self.streams) + 20}/live", "rtsp")

    def add(self, name: str, task: str, source: str, kind: str) -> dict[str, Any]:
        model, precision, labels = TASKS[task]
        key = f"{quote(name, safe='')}:{task}"
        self.scenes[key] = Scene(sum(map(ord, name)), labels)
        self.streams[key] = {
            "id": key, "name": name, "task": task, "state": "live", "since": now(), "error": "", "source": source,
            "kind": kind, "width": WIDTH, "height": HEIGHT, "fps": self.fps, "inferred_fps": self.fps, "drop_fps": 0.0,
            "drops": {"overflow": 31, "stale": 4}, "age_p50_ms": 61.0, "age_p95_ms": 118.0, "watchers": 1, "better": "", "model": model,
            "precision": precision, "device": "CPU", "epoch": now(), "conflict": False, "managed": True,
        }  # fmt: skip
        return self.streams[key]

    def listed(self) -> list[dict[str, Any]]:
        wobble = math.sin(time.time() / 7)
        for stream in self.streams.values():
            live = stream["state"] == "live"
            lost = max(0.0, wobble) if stream["task"] == "car" else 0.0
            stream["fps"] = self.fps if live else 0.0
            stream["inferred_fps"] = self.fps - lost if live else 0.0
            stream["drop_fps"] = lost if live else 0.0
        return list(self.streams.values())

    def toggle(self, key: str, state: str, error: str = "") -> None:
        stream = self.streams[key]
        stream.update(state="live" if stream["state"] == state else state, since=now(), error=error)

    def account(self, key: str) -> dict[str, Any]:
        inferred = int((now() - self.streams[key]["epoch"]) / 1e6 * self.fps) + 48210
        return {"pushed": inferred + 37, "queued": 1, "in_flight": 1, "inferred": inferred, "lost": 0,
                "dropped": {"overflow": 31, "stale": 4}, "refused": {}, "error": 0}  # fmt: skip

    def scaling(self, since: int) -> dict[str, Any]:
        tasks, events = [], []
        for n, task in enumerate(sorted({s["task"] for s in self.streams.values()})):
            times = [t for t in range(now() - 900_000_000, now(), 2_000_000)]
            offered, workers, events_here = [], [], []
            pods = 1
            for i, t in enumerate(times):
                load = 18 + 14 * n + 40 * max(0.0, math.sin((t / 1e6 / 300) + n)) ** 2
                want = max(1, min(6, math.ceil(load / 18 / 0.8)))
                if want > pods or (want < pods and i % 30 == 0):
                    step = want if want > pods else pods - 1
                    events_here.append({"time": t, "task": task, "from": pods, "to": step, "reason":
                                        f"offered work {load / 18:.2f} pods / target 0.8 = {load / 18 / 0.8:.2f}"})  # fmt: skip
                    pods = step
                offered.append(round(load, 2))
                workers.append(pods)
            inferred = [round(min(o, w * 18), 2) for o, w in zip(offered, workers, strict=True)]
            used = [round(min(1.0, o / 18 / w), 3) for o, w in zip(offered, workers, strict=True)]
            keep = [i for i, t in enumerate(times) if t > since]
            cut = lambda values: [values[i] for i in keep]  # noqa: E731
            tasks.append({
                "task": task, "model": TASKS[task][0], "precision": TASKS[task][1], "device": "CPU", "min_workers": 1,
                "max_workers": 6, "target": 0.8, "times": cut(times), "offered_fps": cut(offered), "inferred_fps": cut(inferred),
                "dropped_fps": cut([round(o - i, 2) for o, i in zip(offered, inferred, strict=True)]),
                "scale_ratio": cut([round(o / 18, 3) for o in offered]), "workers": cut(workers), "utilisation": cut(used),
                "queue_depth": cut([int(max(0, o - i) * 2) for o, i in zip(offered, inferred, strict=True)]),
                "workers_now": [{"id": f"w{n}{k}", "host": f"inference-{task}-{k}", "state": "ready", "cores": 1.0,
                                 "utilisation": used[-1] * (1 - 0.05 * k), "inferred_fps": inferred[-1] / workers[-1]} for k in range(workers[-1])],
            })  # fmt: skip
            events += [e for e in events_here if e["time"] > since]
        return {"now": now(), "tasks": tasks, "events": sorted(events, key=lambda e: e["time"])}


class App:
    """The ASGI application."""

    def __init__(self, world: World, prefix: str) -> None:
        self.world, self.prefix = world, prefix

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        path = scope.get("raw_path", b"").decode().removeprefix(self.prefix)
        if scope["type"] == "http":
            await self.http(scope, receive, send, path)
        elif scope["type"] == "websocket":
            task = asyncio.ensure_future(self.socket(scope, receive, send, path[1:]))
            self.world.sockets.add(task)
            try:
                await task
            except (asyncio.CancelledError, RuntimeError):
                pass
            self.world.sockets.discard(task)

    def session(self, scope: Any) -> dict[str, Any]:
        if self.world.password is None:
            return {"authenticated": True, "role": "admin", "user": None, "local": True}
        cookie = dict(scope["headers"]).get(b"cookie", b"").decode()
        user = self.world.signed_in.get(cookie.partition("ei=")[2][:8])
        return {"authenticated": bool(user), "role": "admin" if user else None, "user": user, "local": False}

    async def http(self, scope: Any, receive: Any, send: Any, path: str) -> None:
        body = b""
        while (part := await receive())["type"] == "http.request":
            body += part.get("body", b"")
            if not part.get("more_body"):
                break
        query = {k: v[0] for k, v in parse_qs(scope["query_string"].decode()).items()}
        if time.time() < self.world.down_until and not path.startswith("/dev/"):
            return await self.answer(send, 502, {"error": ""})
        if path.startswith("/dev/"):
            return await self.dev(send, path, query)
        if path.startswith("/api/"):
            return await self.api(scope, send, scope["method"], path[5:], query, body)
        file = (DIST / (path.lstrip("/") or "index.html")).resolve()
        if not file.is_relative_to(DIST) or not file.is_file():
            return await self.answer(send, 404, {"error": "no such page"})
        kind = mimetypes.guess_type(file.name)[0] or "application/octet-stream"
        await self.raw(send, 200, kind, file.read_bytes())

    async def dev(self, send: Any, path: str, query: dict[str, str]) -> None:
        if path == "/dev/kill":
            self.world.down_until = time.time() + float(query.get("seconds", 3))
            for task in list(self.world.sockets):
                task.cancel()
        elif path == "/dev/stop":
            key = next(k for k in self.world.streams if k.startswith(query["id"]))
            self.world.toggle(key, query.get("state", "offline"), query.get("error", "no answer from 10.0.0.21:554 (timed out after 5 s)"))
        elif path == "/dev/gone":
            self.world.streams.pop(query["id"])
        await self.answer(send, 200, {})

    async def api(self, scope: Any, send: Any, method: str, path: str, query: dict[str, str], body: bytes) -> None:
        if path == "session":
            return await self.sessions(scope, send, method, body)
        if not self.session(scope)["authenticated"]:
            return await self.answer(send, 401, {"error": "Please sign in."})
        head, _, key = path.partition("/")
        if path == "streams" and method == "GET":
            return await self.answer(send, 200, {"now": now(), "streams": self.world.listed()})
        if path == "tasks":
            return await self.answer(send, 200, {"tasks": [
                {"task": t, "model": m, "precision": p, "device": "CPU", "better": "", "labels": labels, "queue_depth": 0, "jobs": 0, "workers": 1, "scale_ratio": 0.4}
                for t, (m, p, labels) in TASKS.items()]})  # fmt: skip
        if path == "scaling":
            return await self.answer(send, 200, self.world.scaling(int(query.get("since", 0))))
        if head == "infer":
            return await self.answer(send, 200, self.infer(key, body))
        if head == "uploads":
            return await self.answer(send, 201, {"source": f"file:{query.get('name', 'video')}"})
        if head == "streams":
            return await self.streams(send, method, key, json.loads(body) if body else {})
        await self.answer(send, 404, {"error": f"no such address: api/{path}"})

    async def sessions(self, scope: Any, send: Any, method: str, body: bytes) -> None:
        if method == "POST":
            asked = json.loads(body)
            if asked.get("password", asked.get("token")) != self.world.password:
                return await self.answer(send, 401, {"error": "That is not the right name and password."})
            ticket = f"{random.getrandbits(32):08x}"
            self.world.signed_in[ticket] = asked.get("user", "token")
            cookie = [(b"set-cookie", f"ei={ticket}; HttpOnly; SameSite=Strict; Path=/".encode())]
            said = {"authenticated": True, "role": "admin", "user": asked.get("user"), "local": False}
            return await self.answer(send, 200, said, cookie)
        if method == "DELETE":
            self.world.signed_in.clear()
            return await self.raw(send, 204, "text/plain", b"")
        await self.answer(send, 200, self.session(scope))

    async def streams(self, send: Any, method: str, key: str, asked: dict[str, Any]) -> None:
        world = self.world
        if method == "POST" and key == "try":
            if "bad" in asked["source"]:
                return await self.answer(send, 422, {"error": "cannot open rtsp://bad/: no route to host; check the address and that the camera is on"})
            scene = next(iter(world.scenes.values()))
            results = [self.infer(task, b"") for task in asked["tasks"]]
            return await self.answer(send, 200, {"width": WIDTH, "height": HEIGHT, "opened_ms": 412.0, "results": results,
                                                 "jpeg": base64.b64encode(scene.jpegs[40]).decode()})  # fmt: skip
        if method == "POST":
            made = [world.add(asked["name"], task, asked["source"], "rtsp") for task in asked["tasks"]]
            return await self.answer(send, 201, {"streams": made})
        if key not in world.streams:
            return await self.answer(send, 404, {"error": f"no stream {key}: api/streams lists the ones there are"})
        if method == "DELETE":
            world.streams.pop(key)
            return await self.raw(send, 204, "text/plain", b"")
        if method == "PATCH" and "paused" in asked:
            world.toggle(key, "paused")
        elif method == "PATCH":
            world.streams[key]["source"] = asked.get("source", world.streams[key]["source"])
        world.listed()
        account = world.account(key)
        stream = world.streams[key]
        config = {"name": stream["name"], "tasks": [stream["task"]], "source": stream["source"], "fps": None}
        await self.answer(send, 200, {**stream, "now": now(), "ledger": account, "config": config, "at_source":
                                      {"captured": account["pushed"] + 12, "pushed": account["pushed"], "dropped": {"slow": 12}}})  # fmt: skip

    def infer(self, task: str, body: bytes) -> dict[str, Any]:
        model, precision, labels = TASKS[task]
        scene = next(iter(self.world.scenes.values()))
        size = cv2.imdecode(np.frombuffer(body, np.uint8), 1).shape if body else (HEIGHT, WIDTH)
        return {"task": task, "model": model, "precision": precision, "device": "CPU", "width": size[1], "height": size[0],
                "detections": [{**one, "label": labels[0]} for one in scene.seen[40]],
                "timings": {"queue_ms": 0.4, "decode_ms": 2.1, "infer_ms": 11.8, "postprocess_ms": 0.2}}  # fmt: skip

    async def socket(self, scope: Any, receive: Any, send: Any, key: str) -> None:
        await receive()
        if time.time() < self.world.down_until:
            return await send({"type": "websocket.close"})
        await send({"type": "websocket.accept"})
        if not self.session(scope)["authenticated"]:
            return await send({"type": "websocket.close", "code": 4401})
        if key not in self.world.streams:
            return await send({"type": "websocket.close", "code": 4404})
        wish = {"pixels": True, "max_fps": 60.0}
        listener = asyncio.ensure_future(self.listen(receive, wish))
        try:
            await self.play(send, key, wish, listener)
        finally:
            listener.cancel()

    async def listen(self, receive: Any, wish: dict[str, Any]) -> None:
        while (message := await receive())["type"] != "websocket.disconnect":
            wish.update(json.loads(message["text"]))

    async def play(self, send: Any, key: str, wish: dict[str, Any], listener: asyncio.Future[None]) -> None:
        scene = self.world.scenes[key]
        while not listener.done() and key in self.world.streams:
            fps = min(self.world.fps, wish["max_fps"])
            await asyncio.sleep(1 / fps - time.time() % (1 / fps))
            stream, i = self.world.streams.get(key), int(time.time() * self.world.fps) % LOOP
            if not stream or stream["state"] != "live":
                continue
            sequence = int(time.time() * self.world.fps)
            await send({"type": "websocket.send", "bytes": msgspec.msgpack.encode({
                "stream": key, "task": stream["task"], "sequence": sequence, "epoch": self.world.started, "captured_at": now() - 48_000,
                "inferred_at": now() - 2_000, "width": WIDTH, "height": HEIGHT, "model": stream["model"], "precision": stream["precision"],
                "device": "CPU", "worker": "w0", "detections": scene.seen[i], "jpeg": scene.jpegs[i] if wish["pixels"] else None,
                "timings": {"queue_ms": 3 + 2 * random.random(), "decode_ms": 1.9, "infer_ms": 14 + 4 * random.random(), "postprocess_ms": 0.3},
            })})  # fmt: skip

    async def answer(self, send: Any, code: int, body: Any, headers: list[Any] | None = None) -> None:
        await self.raw(send, code, "application/json", json.dumps(body).encode(), headers)

    async def raw(self, send: Any, code: int, kind: str, body: bytes, headers: list[Any] | None = None) -> None:
        own = [(b"content-type", kind.encode()), (b"content-security-policy", CSP.encode())]
        await send({"type": "http.response.start", "status": code, "headers": own + (headers or [])})
        await send({"type": "http.response.body", "body": body})


def main() -> None:
    """Serves until it is stopped."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--port", type=int, default=8080)
    parser.add_argument("--streams", type=int, default=9)
    parser.add_argument("--fps", type=float, default=15)
    parser.add_argument("--password", help="ask for it; without one everybody is let in")
    parser.add_argument("--prefix", default="", help="path that a proxy would strip")
    options = parser.parse_args()
    world = World(options.streams, options.fps, options.password)
    uvicorn.run(App(world, options.prefix), port=options.port, log_level="warning", ws="websockets-sansio",
                ws_per_message_deflate=False, lifespan="off")  # fmt: skip


if __name__ == "__main__":
    main()
