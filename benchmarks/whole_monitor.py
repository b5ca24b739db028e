"""What the monitor costs on a site, at several sizes of its Error Log; the same on SQLite and in a bench."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import psutil

from benchmarks.measuring import Row, Timing, milliseconds, rows_text, timed
from verenigingen.utils.resource_monitor import ResourceMonitor
from vuurtoren.pages.frame import site_map
from vuurtoren.pages.methods import api
from vuurtoren.rounds.checks import Round
from vuurtoren.rules.rule import Interval
from vuurtoren.settings import settings
from vuurtoren.signals.measuring import collect
from vuurtoren.site.protocol import Site

JUDGING_STEPS = {"counting errors", "measuring", "keeping history", "judging"}
CLEARING_STEPS = JUDGING_STEPS | {"clearing"}
DETECTING_STEPS = JUDGING_STEPS | {"judging the SEPA rules", "noting changes", "learning what is usual"}
TICK_SECONDS = 60
TICKS, WARM_UP = 1440, 3
"""A day of them: what is done once an hour or once a day counts as often as it is done."""


@dataclass(frozen=True)
class Subject:
    """A site with what a benchmark must do to it that the monitor never does."""

    site: Site
    title: str
    grow_error_log: Callable[[int], None]
    search_tracebacks: Callable[[], object]
    times: int = 40


def host_rows(subject: Subject) -> Iterator[Row]:
    """First what one question costs here and now: the rest is to be read against it."""
    question = timed(lambda: subject.site.count("User", {"name": "Administrator"}), subject.times * 5)
    yield Row.of("one question to the database", subject.title, question)
    snapshot = timed(lambda: collect(subject.site, ["host"]), subject.times * 5)
    sleeping = timed(lambda: psutil.cpu_percent(interval=1), 1, warm_up=0)
    ratio = f"psutil.cpu_percent(interval=1): × {sleeping.median_ms / snapshot.median_ms:,.0f}"
    yield Row.of("host snapshot", subject.title, snapshot, goal="p95 ≤ 1 ms", compared=ratio)


def sized_rows(subject: Subject, sizes: Sequence[int]) -> Iterator[Row]:
    """At each size, and for the hourly check how much slower than at the size before."""
    before: Timing | None = None
    for size in sizes:
        subject.grow_error_log(size)
        shown = f"{subject.title}, {rows_text(size)}"
        yield _collecting(subject, shown)
        hourly = timed(lambda: _steps(subject.site, "hourly", JUDGING_STEPS), subject.times // 2)
        flat = f"× {hourly.median_ms / before.median_ms:.2f} for × 10 rows" if before else ""
        yield Row.of(
            "hourly check, all rules", shown, hourly, goal="≤ 100 ms; × 10 rows ≤ × 1.3", compared=flat
        )
        before = hourly
        daily = timed(lambda: _steps(subject.site, "daily", CLEARING_STEPS), 5)
        yield Row.of("daily check", shown, daily, goal="≤ 2 s")
        yield Row.of("dashboard API, get_system_metrics", shown, _api(subject), goal="p95 ≤ 20 ms")
        yield Row.of("page Now, on the server", shown, _page(subject), goal="first paint ≤ 300 ms")


def _collecting(subject: Subject, shown: str) -> Row:
    monitor = ResourceMonitor(subject.site)
    whole = timed(monitor.collect_system_metrics, subject.times)
    fresh = timed(lambda: collect(subject.site, fresh=True), 5)
    search = timed(subject.search_tracebacks, 1, warm_up=0)
    compared = (
        f"all sources anew: {milliseconds(fresh.median_ms)}; one text search over the tracebacks: "
        f"{milliseconds(search.median_ms)}, × {search.median_ms / whole.median_ms:,.1f}"
    )
    return Row.of("collect_system_metrics()", shown, whole, goal="p95 ≤ 50 ms", compared=compared)


def _api(subject: Subject) -> Timing:
    return timed(lambda: api.get_system_metrics(subject.site), subject.times)


def _page(subject: Subject) -> Timing:
    return timed(lambda: site_map.serve(subject.site, "", {}, {}), subject.times // 2)


def _steps(site: Site, job: Interval, wanted: set[str]) -> None:
    """The steps of a run without its claim (one run a minute) and without its messages."""
    for name, step in Round(site, settings.read(site), job).steps():
        if name in wanted:
            step()
            site.commit()


def load_rows(subject: Subject, site: Site, move: Callable[[datetime], None]) -> Iterator[Row]:
    """Ticks one after the other, a minute apart by a clock that is moved, with every detector on: what rests
    for minutes is measured as seldom as on a real site. Telling, and the seals of the trail, are left out.

    `site` is the subject with that clock.
    """
    now = subject.site.now()
    for minute in range(-TICKS - WARM_UP, -TICKS):
        move(now + timedelta(minutes=minute))
        _steps(site, "tick", DETECTING_STEPS)
    began = time.process_time()
    for minute in range(-TICKS, 0):
        move(now + timedelta(minutes=minute))
        _steps(site, "tick", DETECTING_STEPS)
    each_ms = (time.process_time() - began) * 1000 / TICKS
    yield Row(
        "CPU of one tick, every detector on",
        f"{subject.title}, {len(collect(site))} metrics, mean of {TICKS}",
        f"{each_ms:.1f} ms",
        goal="≤ 40 ms, 0.1 % of a core",
        compared=f"{each_ms / (TICK_SECONDS * 10):.3f} % of one core at a tick a minute",
    )
