"""The machine that this process runs on: CPU, memory, load, disk and network. It never waits."""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Callable, Iterable
from datetime import datetime, timezone

import psutil

from verenigingen.metrics.cgroups import ControlGroups
from verenigingen.metrics.machine import NEEDS_SECOND, earlier_counters, read_counters, readable
from verenigingen.metrics.metric import Metric
from verenigingen.metrics.source import Context, Source

RATES = {
    "host.disk_read_bytes_per_second": "disk_read_bytes",
    "host.disk_written_bytes_per_second": "disk_written_bytes",
    "host.network_received_bytes_per_second": "network_received_bytes",
    "host.network_sent_bytes_per_second": "network_sent_bytes",
}
PROMISES = {
    "host.cpu_percent": "%",
    "host.cpu_count": "count",
    "host.memory_percent": "%",
    "host.memory_available_bytes": "bytes",
    "host.swap_percent": "%",
    "host.load_1m": "load",
    "host.load_5m": "load",
    "host.load_15m": "load",
    "host.disk_percent": "%",
    "host.disk_free_bytes": "bytes",
    "host.boot_time": "time",
} | dict.fromkeys(RATES, "bytes/s")


CONTAINER_PROMISES = {"host.container_memory_percent": "%", "host.container_cpu_limit": "cores"}


def measure_host(context: Context, monotonic: Callable[[], float] = time.monotonic) -> Iterable[Metric]:
    """`monotonic` is seconds since the machine started, the same in all its processes."""
    yield from _from_counters(context, monotonic)
    yield from context.part(_cpu_count, "host.cpu_count")
    yield from context.part(_memory, "host.memory_percent", "host.memory_available_bytes")
    yield from context.part(_swap, "host.swap_percent")
    yield from context.part(_load, "host.load_1m", "host.load_5m", "host.load_15m")
    yield from context.part(_disk, "host.disk_percent", "host.disk_free_bytes")
    yield from context.part(_boot_time, "host.boot_time")


def _from_counters(context: Context, monotonic: Callable[[], float]) -> Iterable[Metric]:
    counters, missing = read_counters(monotonic)
    earlier = earlier_counters(context.kept, counters)
    needed = "; ".join(filter(None, (NEEDS_SECOND, context.kept.not_kept_because)))
    busy = counters.growth(earlier, "cpu_busy_seconds")
    total = counters.growth(earlier, "cpu_total_seconds")
    if busy is not None and total:
        yield context.known("host.cpu_percent", round(100 * busy / total, 1), evidence=_where())
    else:
        yield context.unknown("host.cpu_percent", missing.get("cpu_total_seconds", needed))
    for key, name in RATES.items():
        rate = counters.per_second(earlier, name)
        yield context.known_or(key, None if rate is None else round(rate), missing.get(name, needed))


def _cpu_count(context: Context) -> Iterable[Metric]:
    yield context.known_or(
        "host.cpu_count", readable("the number of CPUs", psutil.cpu_count), "the number of CPUs is not shown"
    )


def _memory(context: Context) -> Iterable[Metric]:
    memory = readable("memory", psutil.virtual_memory)
    yield context.known("host.memory_percent", memory.percent, evidence=_where())
    yield context.known("host.memory_available_bytes", memory.available)


def _swap(context: Context) -> Iterable[Metric]:
    swap = readable("swap", psutil.swap_memory)
    if swap.total:
        yield context.known("host.swap_percent", swap.percent)
    else:
        yield context.unknown("host.swap_percent", "this machine has no swap")


def _load(context: Context) -> Iterable[Metric]:
    loads = readable("the load", os.getloadavg)
    for key, load in zip(("host.load_1m", "host.load_5m", "host.load_15m"), loads, strict=True):
        yield context.known(key, round(load, 2))


def _disk(context: Context) -> Iterable[Metric]:
    path = str(context.site.site_path())
    usage = readable(f"the disk of {path}", lambda: psutil.disk_usage(path))
    yield context.known("host.disk_percent", usage.percent, evidence=[{"path": path}])
    yield context.known("host.disk_free_bytes", usage.free)


def _boot_time(context: Context) -> Iterable[Metric]:
    seconds = readable("the start time", psutil.boot_time)
    started_utc = datetime.fromtimestamp(seconds, timezone.utc).replace(tzinfo=None)
    yield context.known("host.boot_time", context.site.from_utc(started_utc).isoformat(" ", "seconds"))


def measure_container(context: Context, groups: ControlGroups | None = None) -> Iterable[Metric]:
    limits = readable("the limits of this process", (groups or ControlGroups()).limits)
    if limits.memory_limit_bytes and limits.memory_used_bytes is not None:
        percent = 100 * limits.memory_used_bytes / limits.memory_limit_bytes
        evidence = [{"limit_bytes": limits.memory_limit_bytes}]
        yield context.known("host.container_memory_percent", round(percent, 1), evidence=evidence)
    else:
        yield context.unknown("host.container_memory_percent", "no memory limit is set for this process")
    yield context.known_or(
        "host.container_cpu_limit", limits.cpu_limit_cores, "no CPU limit is set for this process"
    )


def _where() -> list[dict[str, str]]:
    return [{"host of this process": socket.gethostname()}]


SOURCES = (
    Source("host", PROMISES, measure_host),
    Source("host.container", CONTAINER_PROMISES, measure_container, keep_seconds=60, local=True),
)
