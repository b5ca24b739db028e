"""Rows of Alert Rule: read for judging, checked and saved for people, on every site in the same way."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from vuurtoren.health import readiness
from vuurtoren.host_records import records
from vuurtoren.privacy.text import one_line
from vuurtoren.rules import changes as rule_changes
from vuurtoren.rules import known as known_rules
from vuurtoren.rules.changes import TOLD_FIELDS
from vuurtoren.rules.known import Known
from vuurtoren.rules.record import NEVER, BadRule, build, time_text
from vuurtoren.rules.rule import Rule
from vuurtoren.signals import registry
from vuurtoren.signals.catalogue import SHIPPED, UNITS
from vuurtoren.site.errors import AlreadyExists
from vuurtoren.site.protocol import Site
from vuurtoren.site.values import Row
from vuurtoren.site.words.words import Words, lines

DOCTYPE = "Alert Rule"
FIELDS = ["rule_key", *TOLD_FIELDS]
MOST_RULES = 500
"""So many records are read: each is judged at every tick."""


def read(site: Site) -> list[Row]:
    """Every record, by key; none before the migration that brings them."""
    if not readiness.keeps(site, DOCTYPE):
        return []
    fields = readiness.kept_fields(site, DOCTYPE, FIELDS)
    return site.get_all(DOCTYPE, fields, order_by="rule_key", limit=MOST_RULES)


def unit_of(site: Site) -> Callable[[str], str | None]:
    """The unit of a metric of this site; other apps are asked only about what is not shipped."""
    hooked: dict[str, str] = {}
    asked = False

    def unit(metric: str) -> str | None:
        nonlocal asked
        if metric not in UNITS and not asked:
            asked = True
            hooked.update(registry.units(site))
        return UNITS.get(metric) or hooked.get(metric)

    return unit


def known(site: Site) -> Known:
    """The rules of the installed apps, before anybody changed them."""
    return known_rules.known(site, SHIPPED, unit_of(site))


def check(site: Site, record: Mapping[str, Any]) -> Rule:
    """The rule that this record makes of the shipped one; raises BadRule when it must not be saved."""
    base = next((rule for rule in known(site).rules if rule.key == record.get("rule_key")), None)
    rule = build(record, base, unit_of(site), saving=True)
    host = records.at_best(site)
    missing = [doctype for doctype in _named_links(record) if not host.has_doctype(doctype)]
    if missing:
        raise BadRule(
            Words("{0}: links: there is no DocType {1} here", rule.key, repr(one_line(missing[0], 60)))
        )
    there = site.count(DOCTYPE)
    if there >= MOST_RULES and site.get(DOCTYPE, rule.key) is None:
        raise BadRule(
            Words(
                "{0}: there are {1} Alert Rules already, and no more than {2} fit",
                rule.key,
                there,
                MOST_RULES,
            )
        )
    return rule


class ChangedMeanwhile(Exception):
    """Somebody else changed the record since it was read."""


def save(site: Site, record: Mapping[str, Any], *, was: Mapping[str, Any] | None = None) -> bool:
    """Add or change a record and write down the change; whether anything changed. Raises BadRule.

    With `was`, the record as it was read (empty where there was none), an edit of the same moment is not
    written over: raises ChangedMeanwhile. The caller commits.
    """
    rule = check(site, record)
    values = {field: None for field in TOLD_FIELDS} | rule_changes.stored(record) | {"unit": rule.unit}
    values["most_open"] = values["most_open"] or 0
    values = readiness.kept_values(site, DOCTYPE, values)
    new = not was if was is not None else site.get(DOCTYPE, rule.key) is None
    if new:
        _insert(site, rule.key, values, expected=was is not None)
    elif not site.update(DOCTYPE, rule.key, values, expect=_as_read(was)) and was:
        raise ChangedMeanwhile
    # what is stored may differ from what was given: markup is made harmless
    return rule_changes.record(site, rule.key, site.get(DOCTYPE, rule.key))


def _as_read(was: Mapping[str, Any] | None) -> dict[str, Any]:
    """Every field of the record: two edits may bear the same time."""
    return {field: was[field] for field in (*TOLD_FIELDS, "modified") if field in was} if was else {}


def _insert(site: Site, key: str, values: Mapping[str, Any], *, expected: bool) -> None:
    try:
        site.insert_many(DOCTYPE, [{"name": key, "rule_key": key, **values}])
    except AlreadyExists:
        if not expected:
            raise
        raise ChangedMeanwhile from None


def remove(site: Site, key: str, *, was: Mapping[str, Any] | None = None) -> bool:
    """Delete the record and write that down; false where there was none. The caller commits.

    With `was`, the record as it was read, an edit of the same moment stays: raises ChangedMeanwhile.
    """
    as_read = {name: ("is", "not set") if value is None else value for name, value in _as_read(was).items()}
    if not site.delete(DOCTYPE, {"name": key} | as_read, limit=1):
        if was:
            raise ChangedMeanwhile
        return False
    rule_changes.record(site, key, None)
    return True


def save_all(site: Site, records: Iterable[Mapping[str, Any]]) -> int:
    """Save every record or none; how many changed. Raises BadRule with a sentence for each bad one."""
    wanted = list(records)
    wrong: list[str] = []
    seen: set[str] = set()
    for record in wanted:
        key = str(record.get("rule_key"))
        if key in seen:
            wrong.append(Words("{0}: it is there twice", one_line(key, 80)))
        seen.add(key)
        try:
            check(site, record)
        except BadRule as refused:
            wrong += str(refused).splitlines()
    if wrong:
        raise BadRule(lines(wrong))
    return sum(save(site, record) for record in wanted)


def _named_links(record: Mapping[str, Any]) -> list[str]:
    return [line.strip() for line in str(record.get("links") or "").splitlines() if line.strip()]


def choices(site: Site) -> dict[str, Any]:
    """What a form offers: the unit of every metric, and each rule of the installed apps as a record."""
    return {
        "metrics": dict(sorted(registry.units(site).items())),
        "rules": {rule.key: as_record(rule) for rule in known(site).rules},
    }


def as_record(rule: Rule) -> dict[str, Any]:
    """A rule as a record would set it, every field as text."""
    never = rule.unknown_for_seconds is None
    return {
        "rule_key": rule.key,
        "enabled": 1,
        "title": rule.title,
        "metric": rule.metric,
        "unit": rule.unit,
        "label_filter": "\n".join(f"{name} = {value}" for name, value in rule.only),
        "kind": rule.kind,
        "horizon": time_text(rule.horizon_seconds) if rule.horizon_seconds else "",
        "operator": rule.operator,
        "threshold": f"{rule.threshold:.12g}" if rule.adjustable else "",
        "critical_threshold": "" if rule.critical_threshold is None else f"{rule.critical_threshold:.12g}",
        "severity": rule.severity,
        "judged": rule.interval,
        "most_open": rule.most_open,
        "pending_for": time_text(rule.for_seconds),
        "keep_firing_for": time_text(rule.keep_firing_seconds),
        "unknown_for": NEVER if never else time_text(rule.unknown_for_seconds or 0),
        "summary": rule.summary,
        "runbook": rule.runbook,
        "links": "\n".join(rule.links),
    }
