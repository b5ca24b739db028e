"""The machine's own counters, read through psutil without waiting; a rate is the difference of two."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any, TypeVar

import psutil

from vuurtoren.metrics.measurement_cache import MeasurementCache
from vuurtoren.site.errors import Unavailable
from vuurtoren.site.names import this_host
from vuurtoren.site.words.words import Words

Answer = TypeVar("Answer")

# What psutil and os raise where a container hides entries of /proc or shows them cut short.
UNREADABLE = (
    OSError,
    psutil.Error,
    NotImplementedError,
    RuntimeError,
    AttributeError,
    LookupError,
    TypeError,
    ValueError,
)
SHORTEST_SPAN_SECONDS = 1.0
LONGEST_SPAN_SECONDS = 900.0
FILE_EVERY_SECONDS = 30.0
# Stacked devices (device mapper, RAID) repeat what their disks below count; the others are no disks.
NO_DISK = re.compile(r"(loop|ram|zram|dm-|md|sr|fd|nbd)\d*")
# What containers and bridges add repeats the traffic of the interface below them.
NO_INTERFACE = re.compile(r"(lo\d*$|veth|docker|br-|virbr|cni|flannel|cali)")


@dataclass(frozen=True)
class Counters:
    """Counters since the machine started; None where they cannot be read. `at` is seconds since then."""

    at: float
    cpu_busy_seconds: float | None = None
    cpu_total_seconds: float | None = None
    disk_read_bytes: float | None = None
    disk_written_bytes: float | None = None
    network_received_bytes: float | None = None
    network_sent_bytes: float | None = None

    def per_second(self, earlier: Counters | None, name: str) -> float | None:
        """The growth of one counter per second since the earlier reading."""
        grown = self.growth(earlier, name)
        return None if grown is None or earlier is None else grown / (self.at - earlier.at)

    def growth(self, earlier: Counters | None, name: str) -> float | None:
        """The growth of one counter; None where either reading lacks it or it was reset in between."""
        now, before = getattr(self, name), getattr(earlier, name, None)
        return None if now is None or before is None or now < before else now - before


def readable(what: Words, read: Callable[[], Answer]) -> Answer:
    """What `read` returns; raises Unavailable with `what` where this machine does not show it."""
    try:
        return read()
    except UNREADABLE as hidden:
        raise Unavailable("{0} cannot be read here: {1}", what, hidden) from hidden


def read_counters(monotonic: Callable[[], float] = time.monotonic) -> tuple[Counters, dict[str, str]]:
    """All counters at this moment, and for each that cannot be read the reason."""
    values: dict[str, float] = {}
    missing: dict[str, str] = {}
    for what, names, read in READINGS:
        try:
            values |= zip(names, readable(what, read), strict=True)
        except Unavailable as hidden:
            missing |= dict.fromkeys(names, hidden.words)
    return Counters(at=monotonic(), **values), missing


def earlier_counters(kept: MeasurementCache, now: Counters) -> Counters | None:
    """The newest kept reading that is neither too near nor too far to compare with; keeps this one too."""
    name = f"host counters on {this_host()}"
    entry = kept.get(name) or {}
    # A reading from before a restart of the machine lies in the future of its clock.
    past = [reading for reading in _readings(entry) if 0 <= now.at - reading.at <= LONGEST_SPAN_SECONDS]
    usable = [reading for reading in past if now.at - reading.at >= SHORTEST_SPAN_SECONDS]
    if len(usable) == len(past):
        saved_at = entry.get("saved_at") if past else None
        save = saved_at is None or now.at - saved_at >= FILE_EVERY_SECONDS
        remembered = [asdict(reading) for reading in [*past[-1:], now]]
        kept.put(name, {"readings": remembered, "saved_at": now.at if save else saved_at}, in_file=save)
    return usable[-1] if usable else None


def _readings(entry: Mapping[str, Any]) -> list[Counters]:
    known = {each.name for each in fields(Counters)}
    try:
        return [
            Counters(**{name: value for name, value in plain.items() if name in known})
            for plain in entry.get("readings", [])
        ]
    except (TypeError, AttributeError):
        return []


def _cpu_seconds() -> tuple[float, float]:
    times = psutil.cpu_times()
    # Linux counts guest time inside user time as well.
    total = sum(times) - getattr(times, "guest", 0.0) - getattr(times, "guest_nice", 0.0)
    return total - times.idle - getattr(times, "iowait", 0.0), total


def _disk_bytes() -> tuple[float, float]:
    disks: Mapping[str, Any] = psutil.disk_io_counters(perdisk=True, nowrap=False) or {}
    whole = [disks[name] for name in whole_disks(disks)]
    if not whole:
        raise LookupError("no disk is shown")
    return float(sum(disk.read_bytes for disk in whole)), float(sum(disk.write_bytes for disk in whole))


def whole_disks(names: Iterable[str]) -> list[str]:
    """The physical disks among block devices: "sda" but not "sda1", "nvme0n1" but not "nvme0n1p2"."""
    candidates = sorted(name for name in names if not NO_DISK.match(name))
    return [
        name
        for name in candidates
        if not any(re.fullmatch(re.escape(disk) + r"p?\d+", name) for disk in candidates if disk != name)
    ]


def _network_bytes() -> tuple[float, float]:
    shown: Mapping[str, Any] = psutil.net_io_counters(pernic=True, nowrap=False) or {}
    interfaces = [counted for name, counted in shown.items() if not NO_INTERFACE.match(name)]
    if not interfaces:
        raise LookupError("no network interface is shown")
    return (
        float(sum(counted.bytes_recv for counted in interfaces)),
        float(sum(counted.bytes_sent for counted in interfaces)),
    )


READINGS: tuple[tuple[Words, tuple[str, str], Callable[[], tuple[float, float]]], ...] = (
    (Words("CPU time"), ("cpu_busy_seconds", "cpu_total_seconds"), _cpu_seconds),
    (Words("disk traffic"), ("disk_read_bytes", "disk_written_bytes"), _disk_bytes),
    (Words("network traffic"), ("network_received_bytes", "network_sent_bytes"), _network_bytes),
)
