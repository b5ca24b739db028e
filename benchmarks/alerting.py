"""Alerting: 90 days of minutes backtested and read, and how long a condition waits to become an alert."""

from __future__ import annotations

import random
import statistics
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from benchmarks.measuring import Row, Timing, milliseconds, timed
from vuurtoren.alerts.judging import answer_to
from vuurtoren.alerts.state import RuleState, step
from vuurtoren.backtest.backtest import backtest, over, patience_of
from vuurtoren.backtest.hearing.preview import preview
from vuurtoren.backtest.history import find
from vuurtoren.backtest.threshold_suggestion import suggest
from vuurtoren.backtest.timeline import timelines
from vuurtoren.health.liveness import periods_seconds
from vuurtoren.metrics.history import history
from vuurtoren.metrics.history.history import Samples
from vuurtoren.metrics.history.open_samples import SeriesName
from vuurtoren.metrics.history.rows import DOCTYPE
from vuurtoren.rounds import checks
from vuurtoren.rules.rule import Rule
from vuurtoren.settings import settings
from vuurtoren.signals.catalogue import BY_KEY
from vuurtoren.site.protocol import Site

DAYS = 90
MINUTES = DAYS * 1440
RULE = BY_KEY["error_rate_hourly"]
METRIC = "benchmark.errors"
MARK = "benchmark of a delay"
TRIALS = 60
ERRORS = 30


@dataclass(frozen=True)
class Subject:
    """A site whose clock a benchmark moves, and the condition that it is to find.

    `cause` makes errors of that moment (site time), `clear` takes them and what became of them away.
    """

    site: Site
    title: str
    move: Callable[[datetime], None]
    cause: Callable[[datetime, int], None]
    clear: Callable[[], None]


def rows(subject: Subject) -> Iterator[Row]:
    site, title = subject.site, subject.title
    yield from _backtests(title)
    yield from _reading(site, title)
    yield _heard(site, title)
    yield _delay(subject)


def _samples(until: datetime, noise: float) -> Samples:
    """A count that is usually about 4, with an hour of 25 every four days, one sample in fifty missing."""
    chance = random.Random("backtest")
    samples = []
    for minute in range(MINUTES, 0, -1):
        if (minute // 30) % 50:
            high = 25.0 if (minute // 60) % 96 == 7 else 4.0
            samples.append((until - timedelta(minutes=minute), max(0.0, round(chance.gauss(high, noise)))))
    return Samples.of(samples)


def _backtests(title: str) -> Iterator[Row]:
    yield from _backtested("backtest of 90 days of minutes", title, noise=1.5, goal="≤ 20 ms")
    yield from _backtested("the same of a rule that flaps", title, noise=4.0, goal="≤ 60 ms")


def _backtested(what: str, title: str, noise: float, goal: str = "") -> Iterator[Row]:
    """From samples in memory to alerts and messages, and once more with the suggested threshold."""
    until, rule = datetime(2026, 11, 1), replace(RULE, unknown_for_seconds=None)
    samples = _samples(until, noise)
    lines = timelines({(): samples}, rule.interval, until)
    stepping = timed(lambda: _stepped(rule, samples), 3)
    replaying = timed(lambda: over(rule, {(): samples}, until), 15)
    suggesting = timed(lambda: suggest(rule, lines), 10)
    ratio = f"stepping through every sample: × {stepping.median_ms / replaying.median_ms:.1f}"
    shown = f"{title}, {len(samples):,} samples, {backtest(rule, lines).breaches} alerts"
    yield Row.of(what, shown, replaying, goal=goal, compared=ratio)
    yield Row.of("a suggested threshold for it", shown, suggesting)


def _stepped(rule: Rule, samples: Samples) -> RuleState:
    """What live judging would do, one sample after the other."""
    state, patience = RuleState(), patience_of(rule)
    for at, value in samples:
        answer, level = answer_to(rule, value, rule.threshold)
        state, _ = step(state, answer, patience, at, level)
    return state


def _reading(site: Site, title: str) -> Iterator[Row]:
    """The samples of one series from the database, decoded and in site time; and the backtest with it."""
    now = site.now()
    samples = _samples(now, 1.5)
    history.backfill(site, "errors", {SeriesName(METRIC): samples})
    rule = replace(RULE, metric=METRIC, unknown_for_seconds=None)
    since, shown = now - timedelta(days=DAYS), f"{title}, {len(samples):,} samples"
    try:
        reading = timed(lambda: find(site, rule, since), 10)
        both = timed(lambda: over(rule, find(site, rule, since).series, now), 10)
    finally:
        site.delete(DOCTYPE, {"metric": METRIC}, limit=1000)
        site.commit()
    yield Row.of("reading those 90 days", shown, reading)
    yield Row.of("the backtest with reading", shown, both, goal="≤ 80 ms")


def _heard(site: Site, title: str) -> Row:
    """Every rule in force over 31 days of ticks, routed: what the page of notifications asks."""
    chosen, now = settings.read(site), site.now()
    samples = _samples(now, 1.5)
    ticks = Samples(samples.moments[::4], samples.values[::4])
    metrics = {rule.metric: rule.unit for rule in chosen.rules}
    there = set(site.tally(DOCTYPE, "metric"))
    for metric, unit in metrics.items():
        if metric not in there:
            history.backfill(site, unit, {SeriesName(metric): ticks})
    try:
        timing = timed(lambda: preview(site, chosen), 5)
        found = preview(site, chosen)
    finally:
        site.delete(DOCTYPE, {"metric": ("in", [*metrics.keys() - there])}, limit=100_000)
        site.commit()
    shown = f"{title}, {found.rests_on.rules} rules, {found.alerts:,} alerts"
    return Row.of("who would have heard of what in 31 days", shown, timing, goal="≤ 2,000 ms")


def _delay(subject: Subject) -> Row:
    """From the moment of a condition to the end of the tick that stored and told its alert.

    The clock of the site is moved from tick to tick, so the wait for the next tick is exact and takes no
    time; the run of the tick, with everything it measures, is real. The queue before the worker is left out.
    """
    chance = random.Random("delay")
    period_seconds = periods_seconds(subject.site)["tick"]
    start = subject.site.now()
    delays, runs = [], []
    for trial in range(1, TRIALS + 1):
        tick = start + timedelta(seconds=period_seconds * trial * 2)
        waited_seconds = chance.uniform(0, period_seconds)
        subject.cause(tick - timedelta(seconds=waited_seconds), ERRORS)
        subject.move(tick)
        began = time.perf_counter()
        problem = checks.run_job(subject.site, "tick")
        run_seconds = time.perf_counter() - began
        if not _opened(subject.site):
            raise RuntimeError(f"the tick did not open the alert: {problem}")
        subject.clear()
        delays.append((waited_seconds + run_seconds) * 1000)
        runs.append(run_seconds * 1000)
    found, real = Timing(tuple(delays), tuple(runs)), Timing(tuple(runs), tuple(runs))
    return Row(
        "detection delay of tick rules",
        f"{subject.title}, {TRIALS} conditions at any moment of a tick of {period_seconds:.0f} s",
        milliseconds(statistics.median(delays)),
        milliseconds(found.p95_ms),
        f"p95 ≤ one tick + 15 s = {period_seconds + 15:.0f} s",
        f"of it the tick itself, really run: median {milliseconds(real.median_ms)}, "
        f"p95 {milliseconds(real.p95_ms)}; the wait for it by a moved clock",
    )


def clear(site: Site) -> None:
    """Take the errors of the condition away, and all that the monitor made of them."""
    site.delete("Error Log", {"method": MARK}, limit=10_000)
    for doctype in ("Alert Rule State", "System Alert"):
        site.delete(doctype, {"rule": ("is", "set")}, limit=10_000)
    for doctype in ("Alert Notification", "Alert Delivery", "Alert Step"):
        site.delete(doctype, {"alert": ("is", "set")}, limit=10_000)
    site.delete("Monitoring Run", {"job": "tick"}, limit=1)
    site.commit()


def _opened(site: Site) -> bool:
    return bool(site.count("System Alert", {"rule": RULE.key, "status": "Active"}))
