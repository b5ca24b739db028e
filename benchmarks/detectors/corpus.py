"""Seeded years of made-up numbers of a site, with incidents whose time and kind are known.

Nothing here was seen on a real site: ten courses as an association's site has them, five seeds of each, and
incidents of thirteen kinds put in at random from the tenth week on. The same seed makes the same year.
"""

from __future__ import annotations

import math
import random
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

STEP = timedelta(minutes=5)
STEPS_A_DAY = 288
BEGIN = datetime(2025, 1, 6)
FIRST_INCIDENT_DAY = 70
DAYS_BETWEEN = 45
"""On average so many days lie between two incidents of a series."""
Course = Callable[[datetime, float, random.Random], float]
"""The moment, the days since the beginning, dice: the value when nothing is wrong."""


@dataclass(frozen=True)
class Incident:
    """What was wrong from when to when; the ends are the first and the last moment that are changed."""

    kind: str
    since: datetime
    until: datetime


@dataclass(frozen=True)
class MadeSeries:
    """One number over a year."""

    name: str
    unit: str
    moments: list[datetime]
    values: list[float]
    incidents: tuple[Incident, ...]


def busy(at: datetime) -> float:
    """From 0 in the night to 1 in the afternoon; a third of that in a weekend."""
    day = max(math.sin((at.hour + at.minute / 60 - 6) / 24 * 2 * math.pi), 0.0)
    return day * (0.35 if at.weekday() > 4 else 1.0)


def _poisson(mean: float, dice: random.Random) -> float:
    if mean > 30:
        return float(max(0, round(dice.gauss(mean, math.sqrt(mean)))))
    limit, product, number = math.exp(-mean), dice.random(), 0
    while product > limit:
        product *= dice.random()
        number += 1
    return float(number)


def _errors(at: datetime, _days: float, dice: random.Random) -> float:
    return _poisson(0.4 + 5 * busy(at), dice)


def _requests(at: datetime, _days: float, dice: random.Random) -> float:
    return _poisson(20 + 900 * busy(at), dice)


def _cpu(at: datetime, _days: float, dice: random.Random) -> float:
    backup = 40 if at.hour == 3 and at.minute < 25 else 0
    return min(100.0, max(0.0, 6 + 35 * busy(at) + backup + dice.gauss(0, 4)))


def _p95(at: datetime, _days: float, dice: random.Random) -> float:
    return (180 + 220 * busy(at)) * math.exp(dice.gauss(0, 0.18))


def _queue(at: datetime, _days: float, dice: random.Random) -> float:
    return _poisson(0.3 + 4 * busy(at), dice) if dice.random() < 0.8 else 0.0


def _mails(at: datetime, _days: float, dice: random.Random) -> float:
    """Dues are announced on the 25th."""
    burst = 400 if at.day == 25 and 8 <= at.hour < 12 else 0
    return _poisson(3 + 12 * busy(at) + burst, dice)


def _memory(at: datetime, days: float, dice: random.Random) -> float:
    """It leaks through the week, and workers are begun anew in the night to Monday."""
    return min(99.0, 40 + 2.2 * ((days % 7) + 0.0) + 6 * busy(at) + dice.gauss(0, 0.6))


def _database(_at: datetime, days: float, dice: random.Random) -> float:
    return 2000 + 3.1 * days + dice.gauss(0, 1.5)


def _connections(at: datetime, _days: float, dice: random.Random) -> float:
    return float(max(1, round(6 + 14 * busy(at) + dice.gauss(0, 1.5))))


def _payments(at: datetime, _days: float, dice: random.Random) -> float:
    """Collected on the last days of a month."""
    return _poisson((4 + 10 * busy(at)) * (6 if at.day in (27, 28) else 1), dice)


COURSES: dict[str, tuple[str, Course]] = {
    "errors.last_hour": ("errors", _errors),
    "requests.hour": ("requests", _requests),
    "host.cpu_percent": ("%", _cpu),
    "requests.p95_ms": ("ms", _p95),
    "queue.depth": ("jobs", _queue),
    "mail.waiting": ("mails", _mails),
    "host.memory_percent": ("%", _memory),
    "database.size_mb": ("MB", _database),
    "database.connections": ("connections", _connections),
    "payments.hour": ("payments", _payments),
}

LAST_HOUR: dict[str, tuple[str, str, Callable[[datetime], float]]] = {
    "errors of a busy site": ("errors.last_hour", "errors", lambda at: 0.4 + 5 * busy(at)),
    "errors of a quiet site": ("errors.last_hour", "errors", lambda at: 0.1 + 0.6 * busy(at)),
    "requests of a busy site": ("requests.last_hour", "requests", lambda at: 20 + 900 * busy(at)),
    "requests of a quiet site": ("requests.last_hour", "requests", lambda at: 2 + 60 * busy(at)),
}
"""What is counted over the last hour at each look, as the monitor counts it: its metric, its unit, and how
many come in an hour. Neighbouring looks share most of what they count: one burst is seen for an hour."""

Change = Callable[[float, int, int, float, random.Random], float]
"""A value as it would be, which of how many steps of the incident, how large a usual day is, dice."""


KINDS: dict[str, tuple[timedelta, Change | None]] = {
    "step up": (timedelta(hours=6), lambda value, n, of, size, dice: value + 0.9 * size),
    "small step up": (timedelta(hours=12), lambda value, n, of, size, dice: value + 0.35 * size),
    "spike": (timedelta(minutes=30), lambda value, n, of, size, dice: value + 2.0 * size),
    "ramp": (timedelta(hours=8), lambda value, n, of, size, dice: value + 1.5 * size * n / of),
    "doubled": (timedelta(hours=10), lambda value, n, of, size, dice: value * 2 + 0.1 * size),
    "tenfold": (timedelta(hours=3), lambda value, n, of, size, dice: value * 10 + 0.1 * size),
    "silence": (timedelta(hours=30), lambda value, n, of, size, dice: 0.0),
    "half": (timedelta(hours=30), lambda value, n, of, size, dice: value * 0.5),
    "work at night": (timedelta(hours=4), lambda value, n, of, size, dice: value + 0.8 * size),
    "swings": (timedelta(hours=8), lambda value, n, of, size, dice: value + (1.2 * size if n % 6 < 3 else 0)),
    "noise": (
        timedelta(hours=10),
        lambda value, n, of, size, dice: max(0.0, value + dice.gauss(0, 0.8 * size)),
    ),
    "lasting step": (timedelta(days=3), lambda value, n, of, size, dice: value + 0.8 * size),
    "stuck": (timedelta(hours=24), None),
}
"""How long each lasts, and what it makes of a value; None keeps the value of its beginning."""


def make(seeds: int = 5, days: int = 365, names: tuple[str, ...] = tuple(COURSES)) -> Iterator[MadeSeries]:
    """One series after the other: each course with so many seeds."""
    for name in names:
        for seed in range(seeds):
            yield _series(name, seed, days)


def last_hours(metric: str, seeds: int = 5, days: int = 365) -> Iterator[MadeSeries]:
    """The courses of LAST_HOUR for this metric."""
    for name, (of, unit, hourly) in LAST_HOUR.items():
        for seed in range(seeds) if of == metric else ():
            dice, counted = random.Random(f"{name} {seed}"), deque[float](maxlen=12)
            moments, values = [BEGIN + STEP * number for number in range(days * STEPS_A_DAY)], []
            for at in moments:
                counted.append(_poisson(hourly(at) / 12, dice))
                values.append(sum(counted))
            made = _with_incidents(f"{name} {seed}", unit, moments, values, dice)
            # what is counted is a whole number also while something is wrong
            yield replace(made, values=[float(max(0, round(value))) for value in made.values])


def _series(name: str, seed: int, days: int) -> MadeSeries:
    unit, course = COURSES[name]
    dice = random.Random(f"{name} {seed}")
    moments = [BEGIN + STEP * number for number in range(days * STEPS_A_DAY)]
    values = [course(at, number / STEPS_A_DAY, dice) for number, at in enumerate(moments)]
    return _with_incidents(f"{name} {seed}", unit, moments, values, dice)


def _with_incidents(
    name: str, unit: str, moments: list[datetime], values: list[float], dice: random.Random
) -> MadeSeries:
    recent = sorted(values[: 28 * STEPS_A_DAY])
    size = max(recent[len(recent) * 95 // 100] - recent[len(recent) * 5 // 100], 1.0)
    incidents = []
    for number, kind in enumerate(_plan(len(moments) // STEPS_A_DAY, dice)):
        if kind is not None:
            incidents.append(_put_in(values, moments, kind, number, size, dice))
    return MadeSeries(name, unit, moments, values, tuple(incidents))


def _plan(days: int, dice: random.Random) -> Iterator[str | None]:
    """The kind of each day's incident; none within two weeks after another."""
    quiet_until = FIRST_INCIDENT_DAY
    for day in range(days - 4):
        if day >= quiet_until and dice.random() < 1 / (DAYS_BETWEEN - 14):
            quiet_until = day + 14
            yield dice.choice(tuple(KINDS))
        else:
            yield None


def _put_in(
    values: list[float], moments: list[datetime], kind: str, day: int, size: float, dice: random.Random
) -> Incident:
    lasts, change = KINDS[kind]
    hour = dice.randrange(1, 4) if kind == "work at night" else dice.randrange(8, 15)
    first, length = day * STEPS_A_DAY + hour * 12, lasts // STEP
    held = values[first]
    for number in range(length):
        place = first + number
        values[place] = held if change is None else change(values[place], number, length, size, dice)
    return Incident(kind, moments[first], moments[first + length - 1])
