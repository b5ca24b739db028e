"""Days of minutes that nobody put together yet, and whether their hours and days say what the minutes say."""

from __future__ import annotations

from datetime import timedelta

from vuurtoren.metrics.history import history, rollup
from vuurtoren.metrics.history.open_samples import SeriesName
from vuurtoren.metrics.history.rows import (
    day_of,
    key_of,
    load_buckets,
    load_series,
    moment_utc,
    save_all,
    series_key,
    series_row,
    slot_of,
)
from vuurtoren.metrics.history.series import Series
from vuurtoren.site.protocol import Site

DAYS, SERIES, A_DAY = 5, 70, 96
LATE_MINUTE, LATE_VALUE = 7, 5000.0
MOST_STEPS = 200
NAMES = tuple(SeriesName(f"rolling-test.{number:02d}") for number in range(SERIES))


def days(site: Site) -> range:
    """Days since 1970 that have ended."""
    today = day_of(slot_of(site.now_utc() - rollup.SETTLED))
    return range(today - DAYS, today)


def fill(site: Site) -> None:
    """As a site has them that was updated: minutes alone, a sample a quarter of an hour. Commits."""
    for day in days(site):
        for number, name in enumerate(NAMES):
            samples = {slot * 15: (slot * 37 + number * 11 + day) % 101 for slot in range(A_DAY)}
            save_all(site, [series_row(site, name, day, Series(1.0, samples), None)])
    site.commit()


def put_together(site: Site) -> None:
    """Until no day is left; commits."""
    for _ in range(MOST_STEPS):
        done = rollup.done_before(site)
        site.commit()
        if done is not None and done > days(site)[-1]:
            return
        history.put_days_together(site)
    raise AssertionError(f"{MOST_STEPS} steps did not put {DAYS} days together")


def arrive_late(site: Site) -> None:
    """One sample more for each day of each series, while others put the days together; commits."""
    for day in days(site):
        at = site.from_utc(moment_utc(day * 1440) + timedelta(minutes=LATE_MINUTE))
        history.backfill(site, "count", {name: [(at, LATE_VALUE)] for name in NAMES})


def wrong(site: Site, *, late: bool) -> list[str]:
    """What was lost, counted twice, or is otherwise in the hours and days than in the minutes."""
    found = []
    for day in days(site):
        stored = load_series(site, [key_of(name, day) for name in NAMES])
        for name in NAMES:
            series = getattr(stored.get(key_of(name, day)), "series", None) or Series(1.0)
            if len(series.samples) != A_DAY + late:
                found.append(f"{name.metric} {day}: {len(series.samples)} samples")
            found += [f"{name.metric} {day}: {each}" for each in _apart(site, name, day, series)]
    return found


def _apart(site: Site, name: SeriesName, day: int, series: Series) -> list[str]:
    apart = []
    for resolution in rollup.RESOLUTIONS:
        key = rollup.key_in(series_key(name), rollup.stretch_of(day, resolution))
        whole = getattr(load_buckets(site, [key]).get(key), "buckets", None)
        for slot, expected in rollup.of_day(series, day, resolution).found.items():
            there = whole.found.get(slot) if whole else None
            if there is None or tuple(there) != tuple(expected):
                apart.append(f"{resolution} s, slot {slot}: {there}, not {expected}")
    return apart
