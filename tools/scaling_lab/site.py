"""Past one machine: what the parts of a large site carry, and where it breaks.

A shard is a task of its own (`people-00`, `people-01`, …: task names may look like that): its own
queue, its own deployment of workers, its own autoscaler; a camera belongs to the shard that a hash
of its stream id says. So no script ever touches two Redis nodes, and every rule of one machine
holds for each shard.
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

__all__ = ["Shard", "Site", "SitePlan", "plan", "rehearse", "shard_load"]

_SLOTS = 16384
#: How full a Redis thread, a network card or a gateway may be: above that, waiting grows quickly.
_FULL = 0.6
#: Series of the ledger for one stream: places, outcomes, drop reasons.
_SERIES_PER_STREAM = 16
#: Seconds of arrivals that a queue should hold, so that cameras in step do not overflow it.
_QUEUE_SECONDS = 0.25


@dataclass(frozen=True, slots=True)
class Site:
    """What is known of a site: the inputs.

    Attributes:
        cameras: one stream each, of one task.
        fps: frames per second of each.
        kilobytes: of a picture.
        frame_ms: a worker's core-milliseconds per frame (`ei_frame_cost_seconds`).
        redis_us: microseconds of Redis' thread per frame (tools/bench/standalone/shard.py).
        beat_us: microseconds of Redis' thread per heartbeat (same).
        listing_us: microseconds of a gateway per stream and second (same).
        gigabits: network card of a Redis node, each way.
        tiles: pictures that people watch at the same time.
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
    """What one shard carries.

    Attributes:
        cameras: on average.
        busiest: cameras of the fullest shard, by a hash (mean and three deviations).
        frames: per second.
        thread: share of Redis' thread, 0..1.
        gigabits: in, and again out.
        places: frames that its queue should hold (`EI_QUEUE_ITEMS`).
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
    """What a site needs.

    Attributes:
        site: the inputs.
        by_thread: shards that Redis' threads need.
        by_network: shards that the network needs.
        shards: the larger of both.
        shard: what each carries.
        crowded: shards on the busiest of as many Redis Cluster nodes, slots in equal ranges.
        workers: all shards.
        gateways: for the pictures that are watched, by CPU and by network.
        listing: share of a core that each gateway spends on knowing every stream.
        beats: share of the registry's Redis thread, 0..1.
        series: of the ledger, on each gateway.
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
    """Work out what a site needs."""
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
    """Shards on the busiest node, if names alone decide which slot they fall into."""
    nodes = Counter(
        key_slot(f"queue_people-{number:02d}".encode()) * shards // _SLOTS
        for number in range(shards)
    )
    return max(nodes.values())


def shard_load(site: Site, shards: int) -> tuple[Load, Load]:
    """A day in an hour for one shard: all cameras at once after a power cut, and the ordinary."""
    fps = site.frames / shards
    return step(0.1 * fps, fps), steady(fps)


def rehearse(planned: SitePlan) -> Iterator[tuple[str, Run, Run]]:
    """Let the simulator run one shard: name of the load, our run, the oracle's."""
    site, shard = planned.site, planned.shard
    cluster = replace(Cluster(), capacity=site.capacity, places=shard.places)
    ours = shipped()
    for name, load in zip(("power cut", "ordinary"), shard_load(site, planned.shards), strict=True):
        noisy = load.noisy(seed=1)
        yield name, simulate(noisy, ours, cluster), consult(load, ours.policy, cluster)
