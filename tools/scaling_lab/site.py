"""Sizing of a site beyond one machine.

A shard is a separate task (`people-00`, `people-01`, …) with its own queue, deployment of workers
and autoscaler. A hash of the stream id assigns each camera to a shard. No script touches two Redis
nodes, and every rule of one machine holds for each shard.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace

from redis.crc import key_slot

from tools.scaling_lab.load import Load, steady, step
from tools.scaling_lab.manifest import shipped
from tools.scaling_lab.oracle import consult
from tools.scaling_lab.simulation import Cluster, Run, simulate

__all__ = ["Shard", "Site", "SitePlan", "plan", "shard_load", "simulate_shard"]

_SLOTS = 16384
#: Maximum utilisation of a Redis thread, a network card or a gateway: delays grow beyond it.
_FULL = 0.6
#: Time series of the ledger per stream: places, outcomes, drop reasons.
_SERIES_PER_STREAM = 16
#: Seconds of arrivals that a queue should hold, so that synchronous cameras do not overflow it.
_QUEUE_SECONDS = 0.25


@dataclass(frozen=True, slots=True)
class Site:
    """Known parameters of a site.

    Attributes:
        cameras: number of cameras, one stream each, one task.
        fps: frames per second of a camera.
        kilobytes: size of a picture.
        frame_ms: a worker's core-milliseconds per frame (`ei_frame_cost_seconds`).
        redis_us: microseconds of the Redis thread per frame (tools/bench/standalone/shard.py).
        beat_us: microseconds of the Redis thread per heartbeat (same).
        listing_us: microseconds of a gateway per stream and second (same).
        gigabits: network bandwidth of a Redis node in each direction, gigabit/s.
        tiles: streams watched at the same time.
        tile_us: microseconds of a gateway per picture sent.
    """

    cameras: int = 10_000
    fps: float = 5.0
    kilobytes: float = 60.0
    frame_ms: float = 5.0
    redis_us: float = 250.0
    beat_us: float = 19.0
    listing_us: float = 32.0
    gigabits: float = 10.0
    tiles: int = 400
    tile_us: float = 30.0

    @property
    def frames(self) -> float:
        """Frames per second."""
        return self.cameras * self.fps

    @property
    def capacity(self) -> float:
        """Frames per second of a one-core worker."""
        return 1000 / self.frame_ms


@dataclass(frozen=True, slots=True)
class Shard:
    """Load of one shard.

    Attributes:
        cameras: mean number of cameras.
        busiest: cameras of the largest shard (mean plus three standard deviations).
        frames: frames per second.
        thread: utilisation of the Redis thread, 0..1.
        gigabits: network load in each direction, gigabit/s.
        places: required queue capacity, frames (`EI_QUEUE_ITEMS`).
        workers: one-core workers at the target of the shipped policy.
    """

    cameras: float
    busiest: float
    frames: float
    thread: float
    gigabits: float
    places: int
    workers: int


@dataclass(frozen=True, slots=True)
class SitePlan:
    """Requirements of a site.

    Attributes:
        site: parameters of the site.
        by_thread: shards required by the Redis threads.
        by_network: shards required by the network.
        shards: the larger of both.
        shard: load of each shard.
        crowded: shards on the busiest of as many Redis Cluster nodes with equal slot ranges.
        workers: workers of all shards.
        gateways: gateways required for the watched streams.
        listing: share of a core of each gateway for reading all heartbeats.
        beats: utilisation of the registry's Redis thread, 0..1.
        series: time series of the ledger on each gateway.
        alone_cameras: cameras that one Redis serves without shards.
    """

    site: Site
    by_thread: int
    by_network: int
    shards: int
    shard: Shard
    crowded: int
    workers: int
    gateways: int
    listing: float
    beats: float
    series: int
    alone_cameras: int


def plan(site: Site) -> SitePlan:
    """Compute the requirements of a site."""
    bytes_per_second = site.gigabits * 1e9 / 8
    per_thread = _FULL * 1e6 / site.redis_us
    per_card = _FULL * bytes_per_second / (site.kilobytes * 1000)
    by_thread = math.ceil(site.frames / per_thread)
    by_network = math.ceil(site.frames / per_card)
    shards = max(by_thread, by_network, 1)
    shard = _shard(site, shards)
    watched = site.tiles * site.fps
    by_tiles = watched * site.tile_us / 1e6 / _FULL
    by_pixels = watched * site.kilobytes * 1000 / (_FULL * bytes_per_second)
    return SitePlan(
        site=site,
        by_thread=by_thread,
        by_network=by_network,
        shards=shards,
        shard=shard,
        crowded=_crowded(shards),
        workers=shards * shard.workers,
        gateways=max(2, math.ceil(max(by_tiles, by_pixels))),
        listing=site.cameras * site.listing_us / 1e6,
        beats=site.cameras * site.beat_us / 1e6,
        series=site.cameras * _SERIES_PER_STREAM,
        alone_cameras=int(min(per_thread, per_card) / site.fps),
    )


def _shard(site: Site, shards: int) -> Shard:
    cameras = site.cameras / shards
    frames = cameras * site.fps
    target = shipped().policy.metric.target
    return Shard(
        cameras=cameras,
        busiest=cameras + 3 * math.sqrt(cameras * (1 - 1 / shards)),
        frames=frames,
        thread=frames * site.redis_us / 1e6,
        gigabits=frames * site.kilobytes * 8e3 / 1e9,
        places=math.ceil(frames * _QUEUE_SECONDS),
        workers=math.ceil(frames / site.capacity / target),
    )


def _crowded(shards: int) -> int:
    """Shards on the busiest node if only the names determine the slots."""
    nodes = Counter(
        key_slot(f"queue_people-{number:02d}".encode()) * shards // _SLOTS
        for number in range(shards)
    )
    return max(nodes.values())


def shard_load(site: Site, shards: int) -> tuple[Load, Load]:
    """Loads of one shard: all cameras at once after a power cut, and a steady load."""
    fps = site.frames / shards
    return step(0.1 * fps, fps), steady(fps)


def simulate_shard(planned: SitePlan) -> Iterator[tuple[str, Run, Run]]:
    """Simulate one shard: name of the load, run of the shipped policy, run of the oracle."""
    site, shard = planned.site, planned.shard
    cluster = replace(Cluster(), capacity=site.capacity, places=shard.places)
    ours = shipped()
    for name, load in zip(("power cut", "ordinary"), shard_load(site, planned.shards), strict=True):
        noisy = load.noisy(seed=1)
        yield name, simulate(noisy, ours, cluster), consult(load, ours.policy, cluster)
