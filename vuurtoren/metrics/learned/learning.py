"""Learns from the stored hours what is usual and where it leads: a series a tick, each once a day."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, timedelta
from statistics import median

from vuurtoren.health import readiness
from vuurtoren.metrics.history import history
from vuurtoren.metrics.history.buckets import Bucket
from vuurtoren.metrics.history.open_samples import SeriesName
from vuurtoren.metrics.history.rollup import HOUR
from vuurtoren.metrics.learned import baseline, forecasting, models
from vuurtoren.metrics.learned.models import DOCTYPE, Model
from vuurtoren.metrics.learned.week import Week
from vuurtoren.metrics.metric import Metric
from vuurtoren.site.protocol import Site

AGAIN_AFTER = timedelta(days=1)
MANY = 300
"""One series is learned again in a tick, two while so many wait; first those that a rule is about."""
MOST_SERIES = 1000
FULL_DAY_HOURS = 12
EPOCH = datetime(1970, 1, 1)
SYSTEM = "System Settings"


def week_of(site: Site) -> Week:
    """The week of the site, with the holidays of `country` in its configuration or its System Settings."""
    country = site.conf("country") or ""
    if not country and site.has_doctype(SYSTEM):
        country = site.get_single(SYSTEM).get("country") or ""
    return Week(str(country)[:60])


def go_on(site: Site, metrics: Iterable[Metric], wanted: Collection[str] = ()) -> int:
    """Learn what is due of these metrics, first what rules are about (`wanted`); how many; commits."""
    if not readiness.keeps(site, DOCTYPE):
        return 0
    known = {
        str(row["name"]): row["learned_at"]
        for row in site.get_all(DOCTYPE, ["name", "learned_at"], limit=MOST_SERIES)
    }
    units = {SeriesName(each.key, each.labels): each.unit for each in metrics if is_number(each)}
    due = _due(site, units, known)
    room = [name for name in due if name.metric in wanted or len(known) < MOST_SERIES or _key(name) in known]
    chosen = sorted(room, key=lambda name: name.metric not in wanted)[: 1 + (len(due) >= MANY)]
    for name in chosen:
        learn(site, name, units[name])
        site.commit()
    return len(chosen)


def learn(site: Site, name: SeriesName, unit: str) -> Model:
    """Learn one series from its hours and store it; the caller commits.

    What was stored in another unit before is left out.
    """
    now_utc, before = site.now_utc(), models.load(site, [name]).get(name)
    since_utc = EPOCH
    if before:
        since_utc = before.since_utc if before.unit == unit else now_utc
    since = max(site.now() - timedelta(days=baseline.MOST_DAYS), site.from_utc(since_utc))
    hours = history.read_buckets(site, [name], since, HOUR)[name]
    until = site.from_utc(now_utc).plain()  # plain times are several times as fast to reckon with
    model = learned_of(hours, week_of(site), until, unit, now_utc, since_utc)
    models.save(site, name, model)
    return model


def learned_of(
    hours: Sequence[Bucket], week: Week, until: datetime, unit: str, now_utc: datetime, since_utc: datetime
) -> Model:
    """What hours in the order of time teach about the time from `until` on."""
    days = daily(hours, until)
    return Model(
        unit, now_utc, since_utc, len(days), baseline.learn(hours, week, until), forecasting.fit(days)
    )


def daily(hours: Sequence[Bucket], until: datetime) -> list[tuple[float, float]]:
    """The median of each full day before that of `until`, by its day number."""
    by_day: dict[int, list[float]] = {}
    for each in hours:
        by_day.setdefault(each.at.toordinal(), []).append(each.mean)
    today = until.toordinal()
    return [
        (float(day), median(found))
        for day, found in sorted(by_day.items())
        if len(found) >= FULL_DAY_HOURS and day < today
    ]


def _due(site: Site, units: Iterable[SeriesName], known: dict[str, object]) -> list[SeriesName]:
    """What nobody learned yet, then what was learned longest ago; one to come means a clock set back."""
    now = site.now()
    due: list[tuple[datetime, str, SeriesName]] = []
    for name in units:
        learned = known.get(_key(name))
        if not isinstance(learned, datetime):
            due.append((datetime.min, _key(name), name))
        elif not timedelta(0) <= now - learned < AGAIN_AFTER:
            due.append((learned, _key(name), name))
    return [name for *_, name in sorted(due, key=lambda each: each[:2])]


def _key(name: SeriesName) -> str:
    return models.name_of(name)


def is_number(metric: Metric) -> bool:
    """Whether there is anything to learn of it."""
    return isinstance(metric.value, int | float) and metric.unit not in ("yes/no", "time")
