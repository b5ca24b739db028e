"""Now: how the site is, what is wrong, each area in a tile, and what changed since yesterday."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from markupsafe import Markup

from vuurtoren.alerts.alerts import DOCTYPE as ALERT
from vuurtoren.error_kinds import index
from vuurtoren.metrics.history import history
from vuurtoren.metrics.history.open_samples import SeriesName
from vuurtoren.pages.charts.series import Point, series
from vuurtoren.pages.charts.spark import spark_line
from vuurtoren.pages.facts import Facts, worst
from vuurtoren.pages.frame.address import Address, href
from vuurtoren.pages.frame.answers import Shown
from vuurtoren.pages.parts import DisplayLevel, Monitor, PageSection, Reading, Recommendations
from vuurtoren.pages.sections import monitor, recommendations
from vuurtoren.pages.sections.boundary import section
from vuurtoren.pages.views.blocks import first_steps
from vuurtoren.pages.views.blocks.areas import AREAS, NAMED, Area, area_of
from vuurtoren.pages.views.blocks.changed import lately
from vuurtoren.pages.views.blocks.first_steps import FirstStep
from vuurtoren.pages.views.incidents import IncidentView, open_incidents
from vuurtoren.rules import changes
from vuurtoren.signals.placement import Number

INCIDENTS_SHOWN, OTHERS_SHOWN, CHANGES_SHOWN = 6, 3, 5
DAY, WEEK = timedelta(days=1), timedelta(days=7)
AROUND = timedelta(minutes=45)
"""So near to the same moment a week ago a sample stands for it."""


@dataclass(frozen=True)
class Figure:
    """One number of a tile; `trend` compares it with the same moment a week ago."""

    reading: Reading
    trend: str


@dataclass(frozen=True)
class Tile:
    """One area: its numbers, the course of the first over a day, and where more is said."""

    key: str
    title: str
    level: DisplayLevel
    figures: tuple[Figure, ...]
    unknown: tuple[str, ...]
    spark: Markup
    href: str


@dataclass(frozen=True)
class Change:
    """Something that is otherwise than yesterday."""

    said: str
    href: str


@dataclass(frozen=True)
class NowPage:
    """The first page."""

    incidents: PageSection[list[IncidentView]]
    tiles: PageSection[tuple[Tile, ...]]
    changes: PageSection[tuple[Change, ...]]
    monitor: PageSection[Monitor]
    steps: PageSection[tuple[FirstStep, ...]]
    recommendations: PageSection[Recommendations]
    shown: int = INCIDENTS_SHOWN
    others_shown: int = OTHERS_SHOWN


def build(facts: Facts, address: Address) -> Shown:
    _ = facts.translate
    page = NowPage(
        incidents=section(facts, "incidents", _("What is wrong"), open_incidents),
        tiles=section(facts, "areas", _("The site by area"), _tiles),
        changes=section(facts, "changes", _("Since yesterday"), _changes),
        monitor=section(facts, "monitor", _("The monitor itself"), monitor.build),
        steps=section(facts, "steps", _("First steps"), first_steps.build),
        recommendations=section(facts, "recommendations", _("Recommendations"), recommendations.build),
    )
    return Shown(_("Monitoring"), "views/now.html", page)


def _tiles(facts: Facts) -> tuple[Tile, ...]:
    areas = [area for area in AREAS if area.shown]
    shown = {area.key: [_shown(facts, key) for key in area.shown] for area in areas}
    names = [SeriesName(each.key, each.labels) for numbers in shown.values() for each in numbers]
    recent = history.read_many(facts.site, names, facts.now - DAY)
    before = _week_ago(facts, names)
    return tuple(_tile(facts, area, shown[area.key], recent, before) for area in areas)


def _shown(facts: Facts, key: str) -> Number:
    return facts.worst_host(Number(key, title=NAMED.get(key, "")))


def _week_ago(facts: Facts, names: Iterable[SeriesName]) -> dict[str, float]:
    """Each number at this moment a week ago, where one was stored then."""
    if "week ago" not in facts.kept:
        then = facts.now - WEEK
        stored = history.read_many(facts.site, names, then - AROUND, then + AROUND)
        facts.kept["week ago"] = {
            name.metric: min(points, key=lambda point: abs(point[0] - then))[1]
            for name, points in stored.items()
            if points
        }
    found: dict[str, float] = facts.kept["week ago"]
    return found


def _tile(
    facts: Facts,
    area: Area,
    shown: Sequence[Number],
    recent: Mapping[SeriesName, Sequence[Point]],
    before: dict[str, float],
) -> Tile:
    readings = [facts.number(each) for each in shown]
    known = [reading for reading in readings if reading.value is not None]
    judged = [
        facts.read(metric).level for metric in facts.snapshot if area_of(metric.key) is area and metric.known
    ]
    first = recent.get(SeriesName(shown[0].key, shown[0].labels), [])
    figures = tuple(
        Figure(reading, _trend(facts, key, reading, before))
        for key, reading in zip(area.shown, readings, strict=True)
        if reading.value is not None
    )
    return Tile(
        key=area.key,
        title=facts.translate(area.title),
        level=worst(judged) if known else "unknown",
        figures=figures,
        unknown=tuple(f"{reading.label}: {reading.reason}" for reading in readings if reading.value is None),
        spark=_spark(facts, first, facts.title(area.shown[0])),
        href=href(area.page) if area.page != "metrics" else f"{href('metrics')}#area-{area.key}",
    )  # fmt: skip


def _trend(facts: Facts, key: str, reading: Reading, before: dict[str, float]) -> str:
    if key not in before or not isinstance(reading.value, int | float):
        return ""
    then, now = before[key], float(reading.value)
    was = facts.text(then, reading.unit)
    # the history keeps fewer digits than are measured: what reads the same is the same
    sign = "→" if was == facts.text(now, reading.unit) else "↑" if now > then else "↓"
    return facts.translate("{0} was {1}").format(sign, was)


def _spark(facts: Facts, points: Sequence[Point], title: str) -> Markup:
    if len(points) < 2:
        return Markup()
    drawn = series(points, facts.now - DAY, facts.now, 48)
    values: list[float | None] = []
    for run in drawn.runs:
        values += [column.mean for column in run] + [None]
    return spark_line(values[:-1], facts.translate("{0}, 24 hours").format(title))


def _changes(facts: Facts) -> tuple[Change, ...]:
    found = []
    since = facts.now - DAY
    if facts.has(ALERT):
        opened = facts.site.count(ALERT, {"timestamp": (">=", since)})
        ended = facts.site.count(ALERT, {"status": "Resolved", "resolved_at": (">=", since)})
        text = facts.translate("Alerts: {0} opened, {1} ended").format(opened, ended)
        found.append(Change(text, href("alerts", state="all", **{"from": f"{since:%Y-%m-%d}"})))
    found += [
        Change(facts.translate("New error: {0}").format(kind.title), href("error", kind.fingerprint))
        for kind in _new_kinds(facts)
    ]
    found += [Change(said, where) for said, where in lately(facts, since, CHANGES_SHOWN)]
    if facts.has(changes.DOCTYPE):
        text = facts.translate("Rule {0} changed by {1}")
        found += [
            Change(text.format(row["rule_key"], row["changed_by"]), href("rule", str(row["rule_key"])))
            for row in changes.history(facts.site, limit=5)
            if row["changed_at"] >= since
        ]
    return tuple(found)


def _new_kinds(facts: Facts) -> list[index.KindSeen]:
    kinds = section(facts, "new", "", lambda facts: index.new_kinds(facts.site, facts.now - DAY))
    return (kinds.content or [])[:4]
