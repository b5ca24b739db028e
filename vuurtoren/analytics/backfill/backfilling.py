"""The past of what can be counted back: written once, before the first sample that the monitor itself took.

Numbers that count rows which nobody changes afterwards are told (`Signal.recount`), and those that one
reading of a log tells (`Signal.readings`); any other that says how something stands, such as how many mails
wait, has no past here, and a gap stays a gap.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from time import sleep
from typing import Any

from vuurtoren.analytics.backfill.counting import (
    begins,
    count,
    minute_of,
    moment_of,
    rows_of,
    samples,
)
from vuurtoren.health import readiness, runs
from vuurtoren.metrics.history import history
from vuurtoren.metrics.history.open_samples import SeriesName
from vuurtoren.metrics.history.rows import DOCTYPE as SERIES
from vuurtoren.metrics.recount import Log, Reading, Recount, kept
from vuurtoren.signals.catalogue import READINGS, RECOUNTS, UNITS
from vuurtoren.site.protocol import Site
from vuurtoren.site.strangers import NotReadable, json_object, moment_or_none, next_version, whole

JOB = "backfill"
FURTHEST = timedelta(days=400)
BREATH_SECONDS = 0.01
"""So long nothing is written after each transaction, beside what it takes to make the next one ready: other
writers wait their turn by looking now and then."""
EVERY_MINUTES = {True: 15, False: 60}
"""A number of the last hour has a sample each quarter, one of a longer time each hour."""
BY_ITSELF_AT_MOST = 1_000_000
"""Rows that the monitor reads without being asked; more is done by the command."""
Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Past:
    """What was written of one metric: how many samples, from when to when, counted from which logs."""

    metric: str
    samples: int
    since: datetime
    until: datetime
    logs: tuple[str, ...]


@dataclass
class Filled:
    """What one run did; `busy`: another is at work; `too_many`: so many rows wait for the command."""

    past: list[Past] = field(default_factory=list)
    rows: int = 0
    busy: bool = False
    too_many: int = 0


@dataclass(frozen=True)
class _Task:
    """A metric whose past is not told yet, as far as its logs reach."""

    metric: str
    recount: Recount
    logs: tuple[Log, ...]
    until: datetime


def backfill(site: Site, progress: Progress | None = None, most_rows: int | None = None) -> Filled:
    """Tell the past of every metric that can be counted back and has none; commits after each month of one,
    the newest first, so that an interruption leaves no hole.

    Run again it goes on where it was interrupted, and does nothing where nothing is missing.
    """
    done = Filled()
    if not readiness.keeps(site, SERIES):
        return done
    with site.lock(JOB) as had:
        if not had:
            done.busy = True
            return done
        _fill(site, done, progress or (lambda _done, _total: None), most_rows)
    return done


def backfill_once(site: Site) -> Filled | None:
    """The same by itself, once in the life of the site; None where that was done."""
    if not readiness.keeps(site, "Monitoring Run") or (site.get("Monitoring Run", JOB) or {}).get("cursor"):
        return None
    return backfill(site, most_rows=BY_ITSELF_AT_MOST)


def rests_on(site: Site, metric: str) -> Past | None:
    """What the past of this metric was counted from; None where it has only samples of its own."""
    return told(site).get(metric)


def told(site: Site) -> dict[str, Past]:
    """By metric what was ever counted back."""
    row = site.get("Monitoring Run", JOB) if readiness.keeps(site, "Monitoring Run") else None
    try:
        stored = json_object(row["cursor"] if row else "")
    except NotReadable:
        return {}
    found = {}
    for metric, plain in stored.items():
        past = _read(str(metric), plain)
        if past:
            found[past.metric] = past
    return found


def _read(metric: str, plain: object) -> Past | None:
    if not isinstance(plain, dict):
        return None
    since, until, logs = (
        moment_or_none(plain.get("since")),
        moment_or_none(plain.get("until")),
        plain.get("logs"),
    )
    if since is None or until is None or not isinstance(logs, list):
        return None
    return Past(metric, whole(plain.get("samples")), since, until, tuple(map(str, logs)))


def _fill(site: Site, done: Filled, progress: Progress, most_rows: int | None) -> None:
    now = site.now()
    since = now - FURTHEST
    oldest: dict[str, datetime | None] = {}
    tasks = [
        task for metric, recount in RECOUNTS.items() if (task := _task(site, metric, recount, since, oldest))
    ]
    logs = list({_key(log): log for task in tasks for log in task.logs}.values())
    ends = {_key(log): max(task.until for task in tasks if log in task.logs) for log in logs}
    total = sum(rows_of(site, log, since, ends[_key(log)]) for log in logs)
    if most_rows is not None and total > most_rows:
        done.too_many = total
        return

    def read(rows: int) -> None:
        done.rows += rows
        progress(done.rows, max(total, 1))

    counted = {}
    for log in logs:
        begin = oldest[log.doctype + log.when]
        assert begin is not None
        counted[_key(log)] = count(site, log, since, ends[_key(log)], begin, read)
    for task in tasks:
        until = minute_of(site.to_utc(task.until))
        logs_of = [counted[_key(log)] for log in task.logs]
        found = samples(site, logs_of, task.recount, until, _step(task.recount))
        _write(site, done, task.metric, found, tuple(dict.fromkeys(log.doctype for log in task.logs)))
    for reading in READINGS:
        _read_past(site, done, reading, since)
    _remember(site, done.past)


def _read_past(site: Site, done: Filled, reading: Reading, since: datetime) -> None:
    """What one reading tells of the time before the first sample of each of its metrics."""
    untils = {metric: history.first_sample(site, metric) or site.now() for metric in reading.metrics}
    latest = max(untils.values())
    for metric, told_samples in reading.read(site, since, latest).items():
        minutes = {minute_of(site.to_utc(at)): value for at, value in told_samples}
        until = minute_of(site.to_utc(untils[metric]))
        found = [(at, value) for at, value in sorted(minutes.items()) if at < until]
        _write(site, done, metric, found, (reading.told_from,))


def _task(
    site: Site, metric: str, recount: Recount, since: datetime, oldest: dict[str, datetime | None]
) -> _Task | None:
    """None where its logs are not there, are empty, or tell nothing from before its first sample."""
    there = []
    for log in filter(None, (kept(site, each) for each in recount.logs)):
        key = log.doctype + log.when
        if key not in oldest:
            oldest[key] = begins(site, log, since)
        if oldest[key] is not None:
            there.append(log)
    until = history.first_sample(site, metric) or site.now()
    starts = [begin for log in there if (begin := oldest[log.doctype + log.when])]
    if not starts or max(starts) + recount.span + timedelta(minutes=_step(recount)) >= until:
        return None
    return _Task(metric, recount, tuple(there), until)


def _write(
    site: Site, done: Filled, metric: str, told_samples: Iterable[tuple[int, float]], logs: tuple[str, ...]
) -> None:
    """Store samples, by minute and in the order of time, month by month."""
    months: dict[tuple[int, int], list[tuple[datetime, float]]] = {}
    for minute, number in told_samples:
        at_utc = moment_of(minute)
        months.setdefault((at_utc.year, at_utc.month), []).append((site.from_utc(at_utc), float(number)))
    if not months:
        return
    for month in sorted(months, reverse=True):
        history.backfill(site, UNITS[metric], {SeriesName(metric): months[month]})
        sleep(BREATH_SECONDS)
    first, last = months[min(months)][0][0], months[max(months)][-1][0]
    done.past.append(Past(metric, sum(map(len, months.values())), first, last, logs))


def _remember(site: Site, new: list[Past]) -> None:
    """What each past rests on; what an earlier run told stays told."""
    before = told(site)
    merged = dict(before)
    for past in new:
        other = before.get(past.metric)
        merged[past.metric] = past if other is None else _joined(past, other)
    plain = {
        metric: {
            "samples": past.samples, "since": past.since.isoformat(), "until": past.until.isoformat(),
            "logs": list(past.logs),
        }
        for metric, past in sorted(merged.items())
    }  # fmt: skip
    row = runs.memory(site, JOB)
    values: Mapping[str, Any] = {"cursor": json.dumps(plain), "version": next_version(row["version"])}
    site.update("Monitoring Run", JOB, values)
    site.commit()


def _joined(new: Past, other: Past) -> Past:
    since, until = min(new.since, other.since), max(new.until, other.until)
    logs = tuple(dict.fromkeys((*other.logs, *new.logs)))
    return Past(new.metric, new.samples + other.samples, since, until, logs)


def _key(log: Log) -> tuple[str, str, str]:
    return log.doctype, log.when, json.dumps(log.filters, default=str, sort_keys=True)


def _step(recount: Recount) -> int:
    return EVERY_MINUTES[not recount.since and recount.span <= timedelta(hours=1)]
