"""What it costs to learn what is usual and where it leads: of a year of one number, and of all of a site."""

from __future__ import annotations

import random
import tempfile
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path

from benchmarks.detectors.corpus import busy
from benchmarks.detectors.score import hours_of
from benchmarks.measuring import Row, Timing, milliseconds, timed
from benchmarks.whole_monitor import Subject, load_rows
from vuurtoren.embedded.store.sqlite_site import SQLiteSite
from vuurtoren.metrics.history import history
from vuurtoren.metrics.history.open_samples import SeriesName
from vuurtoren.metrics.learned import baseline, forecasting, learning, models
from vuurtoren.metrics.learned.week import Week
from vuurtoren.metrics.metric import Metric
from vuurtoren.signals.measuring import collect

DAYS = 365
TIMES = 20


def rows() -> Iterator[Row]:
    """The steps by themselves, then with reading and storing, then a tick that has all of it behind it."""
    yield from _steps()
    with tempfile.TemporaryDirectory() as folder:
        moments = [datetime.now(timezone.utc)]
        site = SQLiteSite(Path(folder) / "site", clock=lambda: moments[-1])
        yield from _of_a_site(site)

        def move(site_time: datetime) -> None:
            moments.append(site.to_utc(site_time).replace(tzinfo=timezone.utc))

        subject = Subject(site, "SQLite, a year of each metric learned", lambda size: None, lambda: None)
        yield from load_rows(subject, site, move)
        site.store.close()


def _steps() -> Iterator[Row]:
    """Pure, without a database."""
    until = datetime(2026, 11, 2)
    course = _course(until, random.Random("learning"))
    hours = hours_of([at for at, _ in course], [value for _, value in course])[-baseline.MOST_DAYS * 24 :]
    days = learning.daily(hours, until)
    size = f"{len(hours):,} hours of {baseline.MOST_DAYS} days"
    week = timed(lambda: baseline.learn(hours, Week("NL"), until), TIMES)
    yield Row.of("learn what is usual by hour of the week and day of the month", size, week, goal="≤ 10 ms")
    line = timed(lambda: forecasting.fit(days), TIMES)
    yield Row.of("learn where it leads, with the interval", f"{len(days)} days", line, goal="≤ 3 ms")


def _of_a_site(site: SQLiteSite) -> Iterator[Row]:
    """Every number that this site measures has a past of a year."""
    numbers = [each for each in collect(site) if learning.is_number(each)]
    for each in numbers:
        name, dice = SeriesName(each.key, each.labels), random.Random(each.key)
        history.backfill(site, each.unit, {name: _course(site.now(), dice)})
    first = SeriesName(numbers[0].key, numbers[0].labels)
    one = timed(lambda: learning.learn(site, first, numbers[0].unit), TIMES)
    yield Row.of("learn one metric of a year: read, learn, store", "SQLite", one, goal="≤ 20 ms")
    yield _all_at_once(site, numbers)
    found = {SeriesName(each.key, each.labels) for each in numbers}
    reading = timed(lambda: models.load(site, found), TIMES)
    yield Row.of("read what was learned of all metrics", f"SQLite, {len(found)} metrics", reading)


def _all_at_once(site: SQLiteSite, numbers: list[Metric]) -> Row:
    def learn() -> None:
        for each in numbers:
            learning.learn(site, SeriesName(each.key, each.labels), each.unit)
        site.commit()

    whole = timed(learn, 3)
    return Row.of(
        "learn all metrics of a site anew, once a day",
        f"SQLite, {len(numbers)} metrics, a year of each",
        whole,
        goal="≤ 0.01 % of a core",
        compared=_of_a_day(whole, len(numbers)),
    )


def _of_a_day(whole: Timing, metrics: int) -> str:
    each, percent = whole.median_cpu_ms / metrics, whole.median_cpu_ms / 864_000
    return f"{milliseconds(each)} of CPU a metric, {percent:.4f} % of a core over the day"


def _course(until: datetime, dice: random.Random) -> list[tuple[datetime, float]]:
    """An hour apart: days, weeks, a first of the month, and a slow rise."""
    hour = until.replace(minute=0, second=0, microsecond=0)
    moments = [hour - timedelta(hours=number) for number in range(DAYS * 24, 0, -1)]
    return [
        (at, 20 + 60 * busy(at) + 30 * (at.day == 1) + number / 2000 + dice.gauss(0, 4))
        for number, at in enumerate(moments)
    ]
