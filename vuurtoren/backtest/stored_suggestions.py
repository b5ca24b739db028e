"""Rows of Alert Suggestion: made by the weekly digest, applied and taken back by people with one click."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict
from datetime import timedelta
from typing import Any

from vuurtoren.alerts.alerts import NotPossible
from vuurtoren.backtest.suggestions import Suggestion
from vuurtoren.health import readiness
from vuurtoren.privacy.text import one_line, storable
from vuurtoren.rules import changes as rule_changes
from vuurtoren.rules.record import BadRule, time_text
from vuurtoren.settings import settings as settings_module
from vuurtoren.settings import stored_rules
from vuurtoren.settings.settings import Settings
from vuurtoren.site.errors import AlreadyExists
from vuurtoren.site.protocol import Site
from vuurtoren.site.values import Row

DOCTYPE = "Alert Suggestion"
REFUSED_FOR = timedelta(days=90)
"""What a person dismissed or took back is not suggested again for so long."""
SHOWN_AFTER = timedelta(days=30)
"""An applied suggestion stands on the page for so long, to be taken back there."""
FIGURES = ["rule", "for_seconds_now", "for_seconds", "fired", "acknowledged", "would_have_fired"]
FIELDS = ["name", "status", "suggested_at", "decided_by", "decided_at", "pending_for_before", *FIGURES]
MOST_SHOWN = 20


def renew(site: Site, found: Iterable[Suggestion]) -> list[Suggestion]:
    """Replace the open suggestions by those of these that nobody refused lately; commits."""
    if not readiness.keeps(site, DOCTYPE):
        return []
    wanted = [each for each in found if not _refused(site, each)]
    for row in site.get_all(DOCTYPE, ["name"], {"status": "Open"}):
        _decide(site, str(row["name"]), "Open", "Outdated", by="")
    opened = []
    for each in wanted:
        figures = asdict(each)
        values: dict[str, Any] = {name: figures[name] for name in FIGURES}
        try:
            site.insert(
                DOCTYPE, values | {"status": "Open", "suggested_at": site.now(), "open_rule": each.rule}
            )
        except AlreadyExists:
            continue  # another worker suggested something for this rule at the same moment
        opened.append(each)
    site.commit()
    return opened


def shown(site: Site) -> list[Row]:
    """What can be applied or dismissed, then what was applied lately and can be taken back."""
    if not readiness.keeps(site, DOCTYPE):
        return []
    lately = {"status": "Applied", "decided_at": (">=", site.now() - SHOWN_AFTER)}
    still_open = site.get_all(
        DOCTYPE, FIELDS, {"status": "Open"}, order_by="fired desc, rule", limit=MOST_SHOWN
    )
    return still_open + site.get_all(DOCTYPE, FIELDS, lately, order_by="decided_at desc", limit=MOST_SHOWN)


def of_row(settings: Settings, row: Row) -> Suggestion:
    """The suggestion of a row, with the title that its rule has now."""
    rule = settings.rule(str(row["rule"]))
    title = rule.title if rule else str(row["rule"])
    return Suggestion(title=title, **{name: row[name] for name in FIGURES})


def apply(site: Site, name: str) -> Row:
    """Let the rule wait as suggested, in its Alert Rule record; the caller commits. Raises NotPossible."""
    row = _existing(site, name, "Open")
    rule = settings_module.read(site).rule(str(row["rule"]))
    if rule is None or rule.for_seconds != row["for_seconds_now"]:
        raise NotPossible(site.translate("The rule was changed since this was suggested."))
    record = _record(site, rule.key)
    before = str(record.get("pending_for") or "")
    _decide(site, name, "Open", "Applied", by=site.user(), pending_for_before=before)
    wanted = {"enabled": 1} | record
    _save(site, wanted | {"rule_key": rule.key, "pending_for": time_text(row["for_seconds"])}, was=record)
    return row


def take_back(site: Site, name: str) -> Row:
    """Let the rule wait as it did before; other changes stay. The caller commits. Raises NotPossible."""
    row = _existing(site, name, "Applied")
    record = _record(site, str(row["rule"]))
    if str(record.get("pending_for") or "") != time_text(row["for_seconds"]):
        raise NotPossible(site.translate("The rule was changed since this was applied."))
    _decide(site, name, "Applied", "Reverted", by=site.user())
    restored = record | {"pending_for": row["pending_for_before"]}
    if rule_changes.stored(restored) == {"enabled": 1}:
        _unless_changed(site, lambda: stored_rules.remove(site, str(row["rule"]), was=record))
    else:
        _save(site, restored, was=record)
    return row


def dismiss(site: Site, name: str) -> Row:
    """Leave the rule as it is; the caller commits. Raises NotPossible."""
    row = _existing(site, name, "Open")
    _decide(site, name, "Open", "Dismissed", by=site.user())
    return row


def trim(site: Site, older_than: Any, limit: int) -> int:
    """Delete what was decided before this time."""
    if not readiness.keeps(site, DOCTYPE):
        return 0
    return site.delete(DOCTYPE, {"status": ("!=", "Open"), "suggested_at": ("<", older_than)}, limit=limit)


def _decide(site: Site, name: str, was: str, becomes: str, *, by: str, **more: object) -> None:
    """Compare-and-swap: two people who click at once do what one would."""
    values = {"status": becomes, "decided_by": by, "decided_at": site.now(), "open_rule": None} | more
    if not site.update(DOCTYPE, name, values, expect={"status": was}):
        raise NotPossible(site.translate("Somebody else has just decided about this suggestion."))


def _existing(site: Site, name: str, status: str) -> Row:
    row = site.get(DOCTYPE, name) if storable(name) and readiness.keeps(site, DOCTYPE) else None
    if row is None:
        raise NotPossible(site.translate("There is no suggestion {0}.").format(one_line(name, 60)))
    if row["status"] != status:
        text = site.translate("This suggestion is {0}; only one that is {1} can take this step.")
        raise NotPossible(text.format(site.translate(row["status"]), site.translate(status)))
    return row


def _refused(site: Site, suggestion: Suggestion) -> bool:
    """Whether a person decided against this very change not long ago."""
    same = {"rule": suggestion.rule, "for_seconds": suggestion.for_seconds}
    decided = {"status": ("in", ("Dismissed", "Reverted")), "decided_at": (">=", site.now() - REFUSED_FOR)}
    return site.count(DOCTYPE, same | decided) > 0


def _record(site: Site, rule: str) -> Row:
    return site.get(stored_rules.DOCTYPE, rule) or {}


def _save(site: Site, record: Mapping[str, Any], *, was: Mapping[str, Any]) -> None:
    try:
        _unless_changed(site, lambda: stored_rules.save(site, record, was=was))
    except BadRule as refused:
        raise NotPossible(str(refused)) from None


def _unless_changed(site: Site, change: Callable[[], object]) -> None:
    """An edit of the same moment is not written over."""
    try:
        change()
    except stored_rules.ChangedMeanwhile:
        text = "Somebody has just changed this rule. Nothing was done; look at it, and try again."
        raise NotPossible(site.translate(text)) from None
