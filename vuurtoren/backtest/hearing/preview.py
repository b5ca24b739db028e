"""Who would have heard of what: the alerts of the last weeks, read by the routes that hold now."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from vuurtoren.backtest.hearing.of_late import Basis, Opened, Told, of_late, told
from vuurtoren.backtest.history import Progress
from vuurtoren.notifications.recipients import recipients
from vuurtoren.notifications.routes import stored_routes
from vuurtoren.notifications.routes.route import USUAL, AlertRoute
from vuurtoren.notifications.routes.stored_routes import RouteTable
from vuurtoren.rules.rule import SEVERITIES
from vuurtoren.settings.settings import Settings
from vuurtoren.site.protocol import Site

USUAL_DAYS = 31
MOST_NAMED = 10


@dataclass(frozen=True)
class Reader:
    """One row of readers: whom it reaches, and of how many alerts they would have heard, by severity;
    `replayed` of them were replayed, the others are as they were stored."""

    title: str
    addresses: tuple[str, ...]
    alerts: int
    replayed: int
    by_severity: Mapping[str, int]
    rules: tuple[str, ...] = ()
    """Keys of the rules that most of them came from, and `often` what people call the first three."""
    often: str = ""
    newest: tuple[Told, ...] = ()
    """The newest of them, ten at most."""


@dataclass(frozen=True)
class Preview:
    """The alerts of so many days by their readers, and what it rests on."""

    days: int
    alerts: int
    readers: tuple[Reader, ...]
    rests_on: Basis
    problems: tuple[str, ...] = ()


def preview(
    site: Site,
    settings: Settings,
    days: int = USUAL_DAYS,
    draft: Mapping[str, Any] | None = None,
    progress: Progress | None = None,
) -> Preview:
    """Each reader with what they would have heard; what was muted counts as well, repetitions do not.

    With a `draft` as if this route, saved or not, held in place of the stored one of its name.
    """
    found, basis = of_late(site, settings, site.now() - timedelta(days=days), progress)
    table = stored_routes.read(site) if draft is None else stored_routes.tried(site, draft)
    heard = _by_reader(settings, table, found)
    said = told(site, {each for alerts in heard.values() for each in alerts[:MOST_NAMED]})
    readers = tuple(_reader(site, settings, table.of(key), alerts, said) for key, alerts in heard.items())
    return Preview(days, len(found), readers, basis, table.problems)


def _by_reader(settings: Settings, table: RouteTable, found: Sequence[Opened]) -> dict[str, list[Opened]]:
    heard: dict[str, list[Opened]] = {key: [] for key in (USUAL, *(each.name for each in table.routes))}
    reading: dict[tuple[str, str], tuple[str, ...]] = {}
    for alert in found:
        about = alert.rule, alert.severity
        if about not in reading:
            reading[about] = table.readers(settings, {"rule": alert.rule, "severity": alert.severity})
        for key in reading[about]:
            heard[key].append(alert)
    return heard


def _reader(
    site: Site,
    settings: Settings,
    route: AlertRoute | None,
    heard: Sequence[Opened],
    said: Mapping[Opened, Told],
) -> Reader:
    severities = Counter(each.severity for each in heard)
    rules = tuple(name for name, _ in Counter(each.source for each in heard).most_common(5))
    return Reader(
        route.title if route else site.translate("the usual recipients"),
        route.recipients if route else recipients(site, settings).addresses,
        len(heard),
        sum(each.by is not None for each in heard),
        {each: severities[each] for each in reversed(SEVERITIES) if severities[each]},
        rules,
        ", ".join(settings.title(name, site) for name in rules[:3]),
        tuple(said[each] for each in heard[:MOST_NAMED] if each in said),
    )
