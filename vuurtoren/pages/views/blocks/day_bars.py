"""Ninety days of each thing that works behind the scenes, a bar a day: how bad its alerts were."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from markupsafe import Markup

from vuurtoren.alerts.alerts import DOCTYPE
from vuurtoren.pages.charts.spark import spark_bars
from vuurtoren.pages.facts import RANKED, Facts, level_of
from vuurtoren.pages.frame.address import href
from vuurtoren.pages.views.blocks.areas import AREAS, area_of
from vuurtoren.rules.rule import Rule
from vuurtoren.site.values import Row
from vuurtoren.site.words.plurals import plural

DAYS = 90
READ = 5_000
OPERATED = ("scheduler", "mail", "backups", "errors", "resources")


@dataclass(frozen=True)
class DayBars:
    """One thing over ninety days; the share of days without an alert stands beside it."""

    title: str
    href: str
    bars: Markup
    said: str


def build(facts: Facts) -> tuple[DayBars, ...]:
    midnight = facts.now.replace(hour=0, minute=0, second=0, microsecond=0)
    first = midnight - timedelta(days=DAYS - 1)
    rows = _alerts(facts, first)
    known_from = _known_from(facts)
    areas = [area for area in AREAS if area.key in OPERATED]
    found = []
    for area in areas:
        rules = [rule for rule in facts.settings.rules if area_of(rule.metric).key == area.key]
        found.append(
            _bars(
                facts,
                facts.translate(area.title),
                href("alerts", area=area.key, state="all"),
                rules,
                rows,
                first,
                known_from,
            )
        )
    for rule in facts.settings.rules:
        if area_of(rule.metric).key in OPERATED[:3] and any(row["rule"] == rule.key for row in rows):
            found.append(
                _bars(
                    facts,
                    f"– {facts.translate(rule.title)}",
                    href("alerts", rule=rule.key, state="all"),
                    [rule],
                    rows,
                    first,
                    known_from,
                )
            )
    return tuple(found)


def _alerts(facts: Facts, first: datetime) -> list[Row]:
    if not facts.has(DOCTYPE):
        return []
    fields = ["rule", "severity", "first_seen", "resolved_at", "timestamp"]
    rows = facts.site.get_all(DOCTYPE, fields, {"resolved_at": ("is", "not set")}, limit=READ)
    return rows + facts.site.get_all(DOCTYPE, fields, {"resolved_at": (">=", first)}, limit=READ)


def _known_from(facts: Facts) -> datetime:
    """Since when alerts are stored; before that nothing is known."""
    oldest = (
        facts.site.get_all(DOCTYPE, ["timestamp"], order_by="timestamp", limit=1)
        if facts.has(DOCTYPE)
        else []
    )
    return min([row["timestamp"] for row in oldest if row["timestamp"]], default=facts.now)


def _bars(
    facts: Facts,
    title: str,
    link: str,
    rules: Sequence[Rule],
    rows: Sequence[Row],
    first: datetime,
    known: datetime,
) -> DayBars:
    keys = {rule.key for rule in rules}
    levels = ["unknown" if first + timedelta(days=day + 1) <= known else "ok" for day in range(DAYS)]
    for row in rows:
        if row["rule"] not in keys:
            continue
        began, ended = row["first_seen"] or row["timestamp"], row["resolved_at"] or facts.now
        for day in range(max(0, (began - first).days), min(DAYS - 1, (ended - first).days) + 1):
            level = "critical" if level_of(row["severity"]) == "critical" else "warning"
            if levels[day] == "unknown" or RANKED.index(level) > RANKED.index(levels[day]):
                levels[day] = level
    seen = [level for level in levels if level != "unknown"]
    text = plural(
        facts.translate,
        len(seen),
        "{0} of 1 day without an alert",
        "{0} of {1} days without an alert",
    )
    said = text.format(seen.count("ok"), len(seen))
    return DayBars(title, link, spark_bars([1] * DAYS, said, levels), said)
