"""Who would have heard of what: the alerts of the last weeks, read by the routes that hold now."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from vuurtoren.alerts import alerts
from vuurtoren.alerts.intents.retelling import RETOLD, retold
from vuurtoren.notifications.recipients import recipients
from vuurtoren.notifications.routes import stored_routes
from vuurtoren.notifications.routes.route import USUAL
from vuurtoren.rules.rule import SEVERITIES
from vuurtoren.settings.settings import Settings
from vuurtoren.site.protocol import Site
from vuurtoren.site.values import Row
from vuurtoren.site.words.plurals import plural

USUAL_DAYS = 31
MOST_ALERTS = 5_000
MOST_NAMED = 10
FIELDS = ["name", "rule", "severity", "alert_type", "timestamp"]


@dataclass(frozen=True)
class Told:
    """One alert that somebody would have heard of."""

    at: datetime
    severity: str
    message: str


@dataclass(frozen=True)
class Reader:
    """One row of readers: whom it reaches, and of how many alerts they would have heard, by severity."""

    title: str
    addresses: tuple[str, ...]
    alerts: int
    by_severity: Mapping[str, int]
    rules: tuple[str, ...] = ()
    """Keys of the rules that most of them came from, and `often` what people call the first three."""
    often: str = ""
    newest: tuple[Told, ...] = ()
    """The newest of them, ten at most."""


@dataclass(frozen=True)
class Preview:
    """The newest alerts of so many days; `cut` where there were more than could be read."""

    days: int
    alerts: int
    readers: tuple[Reader, ...]
    problems: tuple[str, ...] = ()
    cut: bool = False


@dataclass
class _Heard:
    count: int = 0
    severities: Counter[str] = field(default_factory=Counter)
    rules: Counter[str] = field(default_factory=Counter)
    names: list[str] = field(default_factory=list)


def preview(
    site: Site, settings: Settings, days: int = USUAL_DAYS, draft: Mapping[str, Any] | None = None
) -> Preview:
    """Each reader with what they would have heard; what was muted counts as well, repetitions do not.

    With a `draft` as if this route, saved or not, held in place of the stored one of its name.
    """
    since = site.now() - timedelta(days=days)
    rows = site.get_all(
        alerts.DOCTYPE,
        FIELDS,
        {"timestamp": (">=", since)},
        order_by="timestamp desc",
        limit=MOST_ALERTS + 1,
    )
    table = stored_routes.read(site) if draft is None else stored_routes.tried(site, draft)
    heard: dict[str, _Heard] = {key: _Heard() for key in (USUAL, *(each.name for each in table.routes))}
    for row in rows[:MOST_ALERTS]:
        for key in table.readers(settings, row):
            heard[key].count += 1
            heard[key].severities[str(row["severity"])] += 1
            heard[key].rules[str(row["rule"] or row["alert_type"])] += 1
            heard[key].names.append(str(row["name"]))
    named = {name for each in heard.values() for name in each.names[:MOST_NAMED]}
    told = alerts.rows_of(site, named, [*FIELDS, "message", *(each for each in RETOLD if each != "rule")])
    found = tuple(_reader(site, settings, table, key, each, told) for key, each in heard.items())
    return Preview(days, min(len(rows), MOST_ALERTS), found, table.problems, len(rows) > MOST_ALERTS)


def _reader(
    site: Site,
    settings: Settings,
    table: stored_routes.RouteTable,
    key: str,
    heard: _Heard,
    told: Mapping[str, Row],
) -> Reader:
    route = table.of(key)
    title = route.title if route else site.translate("the usual recipients")
    addresses = route.recipients if route else recipients(site, settings).addresses
    severities: dict[str, int] = {
        each: heard.severities[each] for each in reversed(SEVERITIES) if heard.severities[each]
    }
    rules = tuple(name for name, _ in heard.rules.most_common(5))
    often = ", ".join(settings.title(name, site) for name in rules[:3])
    newest = tuple(_told(site, told[name]) for name in heard.names[:MOST_NAMED] if name in told)
    return Reader(title, addresses, heard.count, severities, rules, often, newest)


def _told(site: Site, row: Row) -> Told:
    lines = str(retold(site, row)["message"] or "").splitlines()
    return Told(row["timestamp"], str(row["severity"]), next(iter(lines), ""))


def as_lines(site: Site, found: Preview) -> Iterator[str]:
    """One line a reader, then what is wrong with a route."""
    yield headline(site, found)
    for reader in found.readers:
        addresses = ", ".join(reader.addresses) or site.translate("nobody")
        yield f"  {reader.title} ({addresses}): {said(site, reader)}"
    if found.cut:
        yield site.translate("There were more; these are the newest.")
    yield from found.problems


def headline(site: Site, found: Preview) -> str:
    text = plural(
        site.translate, found.alerts, "1 alert in {1} days, and who hears of it:",
        "{0} alerts in {1} days, and who hears of them:",
    )  # fmt: skip
    return text.format(found.alerts, found.days)


def said(site: Site, reader: Reader) -> str:
    """ "12 alerts: CRITICAL 2, HIGH 10; most often “Backup overdue”"."""
    count = plural(site.translate, reader.alerts, "1 alert", "{0} alerts").format(reader.alerts)
    if not reader.alerts:
        return count
    severities = ", ".join(f"{site.translate(name)} {many}" for name, many in reader.by_severity.items())
    often = site.translate("most often {0}").format(reader.often)
    return f"{count}: {severities}; {often}"


def as_data(found: Preview) -> dict[str, Any]:
    """The same for a program."""
    return {
        "days": found.days,
        "alerts": found.alerts,
        "cut": found.cut,
        "problems": list(found.problems),
        "readers": [
            {
                "title": each.title,
                "addresses": list(each.addresses),
                "alerts": each.alerts,
                "by_severity": dict(each.by_severity),
                "rules": list(each.rules),
                "newest": [
                    {
                        "at": told.at.isoformat(" ", "seconds"),
                        "severity": told.severity,
                        "message": told.message,
                    }
                    for told in each.newest
                ],
            }
            for each in found.readers
        ],
    }
