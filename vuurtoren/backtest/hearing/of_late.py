"""The alerts of the last weeks by the rules that hold now: replayed, and where that cannot be, as stored."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from operator import attrgetter

from vuurtoren.alerts import alerts
from vuurtoren.alerts.intents.retelling import RETOLD, retold
from vuurtoren.alerts.judging import Judgement, label_text, summary
from vuurtoren.backtest.backtest import Firing
from vuurtoren.backtest.hearing.replay import Replay, Replayed, replay
from vuurtoren.backtest.history import Progress
from vuurtoren.settings.settings import Settings
from vuurtoren.site.protocol import Site
from vuurtoren.site.quantities import quantity
from vuurtoren.site.values import Row

MOST_STORED = 5_000
FIELDS = ["name", "rule", "severity", "alert_type", "timestamp"]


@dataclass(frozen=True, eq=False)
class Opened:
    """A stored alert by its name, or what a rule would have opened; `source` is the rule or the event. Two
    are never the same."""

    at: datetime
    severity: str
    rule: str
    source: str
    stored: str = ""
    by: tuple[Replayed, Firing] | None = None


@dataclass(frozen=True)
class Basis:
    """What the answer rests on: how many rules were replayed, and on how many days at least and at most
    something is known; which rules have no history, and which were too many at once; how many stored alerts
    are left out, because their rule is off or gone; whether more were stored than are read."""

    rules: int
    least_days: int
    most_days: int
    without_history: tuple[str, ...]
    left: tuple[str, ...]
    not_in_force: int
    cut: bool


@dataclass(frozen=True)
class Told:
    """What people would have read of one of them."""

    at: datetime
    severity: str
    message: str
    replayed: bool


def of_late(
    site: Site, settings: Settings, since: datetime, progress: Progress | None = None
) -> tuple[list[Opened], Basis]:
    """Those since then, the newest first, and what they rest on."""
    again = replay(site, settings, since, progress)
    rows = site.get_all(
        alerts.DOCTYPE,
        FIELDS,
        {"timestamp": (">=", since)},
        order_by="timestamp desc",
        limit=MOST_STORED + 1,
    )
    stored = [row for row in rows[:MOST_STORED] if not _is_replayed(again, row)]
    holds = [row for row in stored if not row["rule"] or _in_force(settings, str(row["rule"]))]
    found = sorted([*_replayed(again), *map(_stored, holds)], key=attrgetter("at"), reverse=True)
    return found, _basis(again, len(stored) - len(holds), cut=len(rows) > MOST_STORED)


def told(site: Site, opened: Iterable[Opened]) -> dict[Opened, Told]:
    """What each says; stored ones that are gone by now are left out."""
    wanted = list(opened)
    fields = [*FIELDS, "message", *(each for each in RETOLD if each != "rule")]
    rows = alerts.rows_of(site, {each.stored for each in wanted if each.stored}, fields)
    return {
        each: _told(site, each, rows.get(each.stored)) for each in wanted if each.by or each.stored in rows
    }


def _is_replayed(again: Replay, row: Row) -> bool:
    """Whether the replay speaks for this rule at this time."""
    rule = again.rules.get(str(row["rule"] or ""))
    return rule is not None and bool(row["timestamp"] >= rule.since)


def _in_force(settings: Settings, key: str) -> bool:
    return settings.rule(key) is not None and key not in settings.switched_off


def _replayed(again: Replay) -> Iterator[Opened]:
    for key, rule in again.rules.items():
        for firing in rule.firings:
            yield Opened(firing.opened, rule.severity(firing), key, key, by=(rule, firing))


def _stored(row: Row) -> Opened:
    rule = str(row["rule"] or "")
    source = rule or str(row["alert_type"])
    return Opened(row["timestamp"], str(row["severity"]), rule, source, stored=str(row["name"]))


def _told(site: Site, opened: Opened, row: Row | None) -> Told:
    if opened.by:
        message = _sentence(site, *opened.by)
    else:
        lines = str(retold(site, row)["message"] or "").splitlines() if row else []
        message = next(iter(lines), "")
    return Told(opened.at, opened.severity, message, replayed=opened.by is not None)


def _sentence(site: Site, replayed: Replayed, firing: Firing) -> str:
    """What the alert would have said, with its worst value; of a rule that learns the value alone."""
    rule, _ = replayed.rule, site.translate
    title, which = _(rule.title), label_text(firing.labels)
    if firing.worst is None:
        return f"{title}: {_('could not be measured')}"
    if rule.kind != "limit":
        named = f"{title} ({which})" if which else title
        return f"{named}: {quantity(firing.worst, rule.unit, _)}"
    critical = rule.critical_threshold if firing.level == "critical" else None
    threshold = rule.threshold if critical is None else critical
    return summary(rule, Judgement("breached", firing.labels, threshold, firing.worst), _)


def _basis(again: Replay, not_in_force: int, *, cut: bool) -> Basis:
    known = [each.days_known for each in again.rules.values()]
    without, left = (tuple(rule.key for rule in rules) for rules in (again.without_history, again.left))
    return Basis(len(known), min(known, default=0), max(known, default=0), without, left, not_in_force, cut)
