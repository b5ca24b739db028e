"""Five weeks of the machine's own numbers: made up, joined to what is measured now, and said to be made up.

The week of the story is what the monitor makes of a told story. What this machine did in that time nobody
knows, so its course is invented: days and nights, a backup at three, a disk that fills. Each series ends
where the measured present begins; no alert is made of it.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta

from vuurtoren.embedded.demo.happening import SEED
from vuurtoren.embedded.demo.site import DemoSite
from vuurtoren.metrics.history import history
from vuurtoren.metrics.history.open_samples import SeriesName
from vuurtoren.metrics.learned import learning
from vuurtoren.metrics.metric import Metric
from vuurtoren.signals.measuring import collect

SPAN = timedelta(days=35)
EVERY = timedelta(minutes=15)
FULL_IN_DAYS = 60
"""The disk meets its limit in about so many days."""
DISK_LIMIT_PERCENT = 90
GROUPS = ("host", "database")
Course = Callable[[float, float, datetime, random.Random], float]
"""What is measured now, days before now, the moment in site time, dice: the value at that moment."""


def _busy(moment: datetime) -> float:
    """From 0 in the night to 1 at noon; half as much in a weekend."""
    day = max(math.sin((moment.hour + moment.minute / 60 - 6) / 24 * 2 * math.pi), 0)
    return day * (0.5 if moment.weekday() > 4 else 1)


def _cpu(_now: float, _days: float, moment: datetime, dice: random.Random) -> float:
    backup = 45 if moment.hour == 3 and moment.minute < 30 else 0
    return min(6 + 30 * _busy(moment) + backup + abs(dice.gauss(0, 4)), 100)


def _load(_now: float, _days: float, moment: datetime, dice: random.Random) -> float:
    return 0.1 + 1.1 * _busy(moment) + abs(dice.gauss(0, 0.15))


def _memory(now: float, days: float, moment: datetime, dice: random.Random) -> float:
    return min(max(now + (3 * _busy(moment) + dice.gauss(0, 0.4)) * min(days, 1), 0), 100)


def _disk(now: float, days: float, _moment: datetime, dice: random.Random) -> float:
    per_day = max(DISK_LIMIT_PERCENT - now, 0) / FULL_IN_DAYS
    return max(now - per_day * days + dice.gauss(0, 0.05) * min(days, 1), 0)


def _database(now: float, days: float, _moment: datetime, _dice: random.Random) -> float:
    return now * max(1 - 0.008 * days, 0)


COURSES: Mapping[str, Course] = {
    "host.cpu_percent": _cpu,
    "host.load_1m": _load,
    "host.memory_percent": _memory,
    "host.disk_percent": _disk,
    "database.size_bytes": _database,
}


def make_past(site: DemoSite) -> None:
    """Store the courses up to the site's present, until which the page says that they are made up."""
    until, dice = site.now(), random.Random(SEED)
    for metric in collect(site, GROUPS, fresh=True):
        if metric.key in COURSES and not metric.labels:
            series = {SeriesName(metric.key, ()): _samples(metric, until, dice)}
            history.backfill(site, metric.unit, series)
            learning.learn(site, SeriesName(metric.key), metric.unit)
    site.commit()


def _samples(metric: Metric, until: datetime, dice: random.Random) -> Iterator[tuple[datetime, float]]:
    """CPU is not known at the first look, and its course does not rest on it."""
    now = float(metric.value or 0)
    for step in range(SPAN // EVERY, 0, -1):
        moment = until - EVERY * step
        yield moment, COURSES[metric.key](now, EVERY * step / timedelta(days=1), moment, dice)
