"""What a sample takes at rest and to read, against a row for each sample; and eight writers at once."""

from __future__ import annotations

import math
import random
import time
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

from benchmarks.measuring import Row, milliseconds, timed
from vuurtoren.metrics.history import history, rollup
from vuurtoren.metrics.history.open_samples import SeriesName
from vuurtoren.metrics.history.rollup import DAY, HOUR
from vuurtoren.metrics.history.rows import DOCTYPE, day_of, slot_of
from vuurtoren.metrics.metric import Metric
from vuurtoren.metrics.snapshot import Snapshot
from vuurtoren.site.errors import SiteError
from vuurtoren.site.protocol import Site

DAYS = 30
MINUTES_A_DAY = 1440
OPEN_FOR = timedelta(minutes=20)
"""Samples so young are not sealed yet."""
MARK = "benchmark."
COUNTED = ("count", "jobs", "members", "mandates", "settings", "mails")
"""Units of what is counted: always whole numbers."""

# name, unit, level, daily swing, slow walk, noise: busy and quiet metrics in the proportion of a real site.
SHAPES = (
    ("cpu", "%", 25.0, 15.0, 0.5, 8.0),
    ("memory", "%", 60.0, 3.0, 0.05, 0.3),
    ("memory_available", "bytes", 8e9, 2e8, 3e6, 1e8),
    ("load", "load", 1.0, 0.6, 0.02, 0.2),
    ("disk_free", "bytes", 8e10, 0.0, 3e6, 1e6),
    ("disk_written", "bytes/s", 3e5, 2e5, 1e4, 2e5),
    ("network", "bytes/s", 2e5, 1e5, 1e4, 1e5),
    ("p95", "ms", 300.0, 100.0, 5.0, 80.0),
    ("p50", "ms", 60.0, 10.0, 0.5, 8.0),
    ("connections", "count", 20.0, 5.0, 0.1, 2.0),
    ("errors_last_hour", "count", 6.0, 3.0, 0.2, 0.5),
    ("cache", "bytes", 3e7, 1e6, 1e4, 2e5),
    ("queue", "jobs", 0.3, 0.3, 0.0, 0.6),
    ("members", "members", 1200.0, 0.0, 0.002, 0.0),
    ("mandates", "mandates", 900.0, 0.0, 0.002, 0.0),
    ("backup_age", "h", 12.0, 12.0, 0.0, 0.0),
    ("failed_jobs", "jobs", 0.0, 0.0, 0.0, 0.0),
    ("dangerous_settings", "settings", 1.0, 0.0, 0.0, 0.0),
    ("scheduler", "yes/no", 1.0, 0.0, 0.0, 0.0),
    ("waiting_mails", "mails", 1.0, 1.0, 0.0, 1.0),
)


def fill(site: Site, days: int = DAYS) -> int:
    """Store seeded series of that many whole days of minutes and of today until now; how many samples.

    The last of them wait in the open row, as they do between two sealings.
    """
    now, samples = site.now(), 0
    waiting: dict[datetime, list[Metric]] = {}
    for name, unit, *shape in SHAPES:
        for day in range(days, -1, -1):
            start = now.replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=day)
            made = _day_of_samples(start, random.Random(f"{name} {day}"), *shape)
            if unit in COUNTED:
                made = [(at, float(round(value))) for at, value in made]
            sealed = [each for each in made if each[0] <= now - OPEN_FOR]
            if sealed:
                history.backfill(site, unit, {SeriesName(MARK + name): sealed})
            for at, value in made:
                if now - OPEN_FOR < at <= now:
                    waiting.setdefault(at, []).append(Metric(MARK + name, value, unit, "benchmark", at))
            samples += sum(at <= now for at, _ in made)
    for at in sorted(waiting):
        history.record(site, Snapshot(at, site.to_utc(at), tuple(waiting[at])))
    return samples


def _day_of_samples(
    start: datetime, chance: random.Random, level: float, swing: float, walk: float, noise: float
) -> list[tuple[datetime, float]]:
    samples, drift = [], 0.0
    for minute in range(MINUTES_A_DAY):
        drift += chance.gauss(0, walk)
        value = level + swing * math.sin(minute / MINUTES_A_DAY * math.tau) + drift + chance.gauss(0, noise)
        samples.append((start + timedelta(minutes=minute), max(0.0, value)))
    return samples


def size_rows(site: Site, title: str, bytes_of_table: Callable[[], int], samples: int) -> Iterator[Row]:
    shown = f"{title}, {len(SHAPES)} series × {DAYS} days of minutes"
    stored = int(site.total(DOCTYPE, "size_bytes", {"metric": ("in", _metrics())}))
    yield Row(
        "history at rest",
        shown,
        f"{bytes_of_table() / samples:.2f} B a sample",
        goal="≤ 2.2 B a sample, with hours and days",
        compared=f"the samples alone {stored / samples:.2f} B",
    )
    since = site.now() - timedelta(days=1)
    names = [SeriesName(metric) for metric in _metrics()]
    reading = timed(lambda: history.read_many(site, names, since), 20)
    yield Row.of(f"read {len(names)} series × 24 h of minutes", shown, reading, goal="≤ 5 ms")
    month = timed(lambda: history.read_buckets(site, names, site.now() - timedelta(days=30), HOUR), 20)
    yield Row.of(f"read {len(names)} series × 30 days of hours", shown, month, goal="≤ 50 ms")
    yield from _year_rows(site, title)


def _year_rows(site: Site, title: str) -> Iterator[Row]:
    name, until = SeriesName(MARK + "year"), site.now().replace(minute=0, second=0, microsecond=0)
    dice = random.Random("year")
    past = [(until - timedelta(hours=hours), dice.gauss(50, 9)) for hours in range(24, 24 * 366)]
    history.backfill(site, "%", {name: past})
    _put_all_together(site)
    year = timed(lambda: history.read_buckets(site, [name], until - timedelta(days=365), DAY), 20)
    yield Row.of("read a year of one series, days", title, year, goal="≤ 10 ms")


def _put_all_together(site: Site) -> None:
    """What the ticks do one batch at a time."""
    for _ in range(2000):
        if (rollup.done_before(site) or 0) >= day_of(slot_of(site.now_utc() - rollup.SETTLED)):
            return
        history.put_days_together(site)


def write_for(site: Site, writer: int, seconds: float) -> tuple[int, int]:
    """Record over and over as one of several writers; how often, and how often it failed."""
    written = failed = 0
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        written += 1
        at = site.now() - timedelta(minutes=written % 40)
        metrics = tuple(
            Metric(f"{MARK}writer.{number}", float(written), "count", "benchmark", at) for number in range(20)
        )
        try:
            history.record(site, Snapshot(site.now(), site.now_utc(), metrics))
        except SiteError as error:
            site.rollback()
            failed += 1
            print(f"writer {writer}: {type(error).__name__}: {error}", flush=True)
    return written, failed


def writers_row(title: str, seconds: float, results: list[tuple[int, int]]) -> Row:
    written, failed = (sum(column) for column in zip(*results, strict=True))
    return Row(
        f"{len(results)} writers for {seconds:g} s",
        title,
        f"{written:,} rounds of 20 metrics",
        p95=milliseconds(seconds * 1000 * len(results) / max(1, written)) + " a round",
        goal="0 deadlocks in 10 min",
        compared=f"{failed} failed",
    )


def clean_up(site: Site) -> None:
    """Take the seeded series out again."""
    wanted = {
        "metric": ("in", [*_metrics(), f"{MARK}year", *(f"{MARK}writer.{number}" for number in range(20))])
    }
    history.seal(site)
    while site.delete(DOCTYPE, wanted, limit=500):
        site.commit()
    site.commit()


def _metrics() -> list[str]:
    return [MARK + shape[0] for shape in SHAPES]
