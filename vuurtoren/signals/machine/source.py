"""The machine that this process runs on: CPU, memory, load, disk and network. It never waits."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable
from datetime import timedelta
from functools import partial

import psutil

from vuurtoren.metrics.hosts import of_each_host
from vuurtoren.metrics.metric import Metric
from vuurtoren.metrics.promise import Promise
from vuurtoren.metrics.source import NEEDS_SECOND, Context, Source
from vuurtoren.signals.machine.cgroups import ControlGroups
from vuurtoren.signals.machine.counters import earlier_counters, read_counters, readable
from vuurtoren.site.names import this_host
from vuurtoren.site.words.words import Words

RATES = {
    "host.disk_read_bytes_per_second": "disk_read_bytes",
    "host.disk_written_bytes_per_second": "disk_written_bytes",
    "host.network_received_bytes_per_second": "network_received_bytes",
    "host.network_sent_bytes_per_second": "network_sent_bytes",
}
PROMISES = {
    "host.cpu_percent": Promise("%", "CPU", "How busy the processors were since they were last looked at."),
    "host.cpu_count": Promise("count", "CPUs", "How many processors this machine has."),
    "host.memory_percent": Promise("%", "Memory", "How much of the memory of this machine is in use."),
    "host.memory_available_bytes": Promise(
        "bytes", "Memory available", "What programs can still take before the machine has to swap."
    ),
    "host.swap_percent": Promise("%", "Swap used", "How much of the swap space is in use."),
    "host.load_1m": Promise(
        "load", "Load, 1 minute", "How many programs ran or waited to run, averaged over one minute."
    ),
    "host.load_5m": Promise(
        "load", "Load, 5 minutes", "How many programs ran or waited to run, averaged over five minutes."
    ),
    "host.load_15m": Promise(
        "load", "Load, 15 minutes", "How many programs ran or waited to run, averaged over fifteen minutes."
    ),
    "host.disk_percent": Promise("%", "Disk", "How full the disk is that holds the site."),
    "host.inodes_percent": Promise(
        "%", "Inodes", "How many of the files that fit on the disk that holds the site are there."
    ),
    "host.disk_free_bytes": Promise("bytes", "Disk free", "What is left on the disk that holds the site."),
    "host.boot_time": Promise("time", "Running since", "When this machine was started."),
    "host.disk_read_bytes_per_second": Promise(
        "bytes/s", "Disk read", "What all disks of this machine read in a second."
    ),
    "host.disk_written_bytes_per_second": Promise(
        "bytes/s", "Disk written", "What all disks of this machine wrote in a second."
    ),
    "host.network_received_bytes_per_second": Promise(
        "bytes/s", "Network in", "What this machine received in a second."
    ),
    "host.network_sent_bytes_per_second": Promise(
        "bytes/s", "Network out", "What this machine sent in a second."
    ),
}
CONTAINER_PROMISES = {
    "host.container_memory_percent": Promise(
        "%", "Memory of the container", "How much of the memory that the container may have is in use."
    ),
    "host.container_cpu_limit": Promise(
        "cores", "CPUs of the container", "How many processors the container may use."
    ),
}


def measure_host(
    context: Context, monotonic: Callable[[], float] = time.monotonic, clock: Callable[[], float] = time.time
) -> Iterable[Metric]:
    """`monotonic` is seconds since the machine started, the same in all its processes; `clock` is its own."""
    yield from _from_counters(context, monotonic)
    yield from context.part(_cpu_count, "host.cpu_count")
    yield from context.part(_memory, "host.memory_percent", "host.memory_available_bytes")
    yield from context.part(_swap, "host.swap_percent")
    yield from context.part(_load, "host.load_1m", "host.load_5m", "host.load_15m")
    yield from context.part(_disk, "host.disk_percent", "host.disk_free_bytes")
    yield from context.part(_inodes, "host.inodes_percent")
    yield from context.part(partial(_boot_time, clock=clock), "host.boot_time")


def _from_counters(context: Context, monotonic: Callable[[], float]) -> Iterable[Metric]:
    counters, missing = read_counters(monotonic)
    earlier = earlier_counters(context.kept, counters)
    not_kept = context.kept.not_kept_because
    needed = Words("{0}; {1}", Words(NEEDS_SECOND), not_kept) if not_kept else Words(NEEDS_SECOND)
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
        "host.cpu_count",
        readable(Words("the number of CPUs"), psutil.cpu_count),
        "the number of CPUs is not shown",
    )


def _memory(context: Context) -> Iterable[Metric]:
    memory = readable(Words("memory"), psutil.virtual_memory)
    yield context.known("host.memory_percent", memory.percent, evidence=_where())
    yield context.known("host.memory_available_bytes", memory.available)


def _swap(context: Context) -> Iterable[Metric]:
    swap = readable(Words("swap"), psutil.swap_memory)
    if swap.total:
        yield context.known("host.swap_percent", swap.percent)
    else:
        yield context.unknown("host.swap_percent", "this machine has no swap")


def _load(context: Context) -> Iterable[Metric]:
    loads = readable(Words("the load"), os.getloadavg)
    for key, load in zip(("host.load_1m", "host.load_5m", "host.load_15m"), loads, strict=True):
        yield context.known(key, round(load, 2))


def _disk(context: Context) -> Iterable[Metric]:
    path = str(context.site.site_path())
    usage = readable(Words("the disk of {0}", path), lambda: psutil.disk_usage(path))
    yield context.known("host.disk_percent", usage.percent, evidence=[{"path": path}])
    yield context.known("host.disk_free_bytes", usage.free)


def _inodes(context: Context) -> Iterable[Metric]:
    """As `df -i` reckons it: of those that are used or that this user may still use."""
    path = str(context.site.site_path())
    disk = readable(Words("the inodes of {0}", path), lambda: os.statvfs(path))
    used = disk.f_files - disk.f_ffree
    if used + disk.f_favail <= 0:
        yield context.unknown("host.inodes_percent", "this file system does not count inodes")
        return
    evidence = [{"path": path, "free": disk.f_favail}]
    yield context.known(
        "host.inodes_percent", round(100 * used / (used + disk.f_favail), 1), evidence=evidence
    )


def _boot_time(context: Context, clock: Callable[[], float]) -> Iterable[Metric]:
    """Reckoned back from the site's clock, which need not be the machine's: a told story has its own."""
    runs_for = timedelta(seconds=clock() - readable(Words("the start time"), psutil.boot_time))
    to_the_second = context.site.now_utc() - runs_for + timedelta(seconds=0.5)
    yield context.known("host.boot_time", context.site.from_utc(to_the_second).isoformat(" ", "seconds"))


def measure_container(context: Context, groups: ControlGroups | None = None) -> Iterable[Metric]:
    limits = readable(Words("the limits of this process"), (groups or ControlGroups()).limits)
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
    return [{"host of this process": this_host()}]


SOURCES = (
    Source("host", PROMISES, of_each_host(measure_host)),
    Source(
        "host.container", CONTAINER_PROMISES, of_each_host(measure_container), keep_seconds=60, local=True
    ),
)
