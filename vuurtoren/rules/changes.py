"""The history of Alert Rules: one row for each change, by whom and from what to what, on every site."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from vuurtoren.health import readiness
from vuurtoren.privacy.redaction import redact_strings
from vuurtoren.privacy.text import clean, one_line, shorten
from vuurtoren.site.markup import json_without_markup
from vuurtoren.site.protocol import Site
from vuurtoren.site.strangers import json_object
from vuurtoren.site.values import Row

DOCTYPE = "Alert Rule Change"
KEPT_FOR = timedelta(days=7 * 365)
TOLD_FIELDS = (
    "enabled",
    "title",
    "metric",
    "label_filter",
    "kind",
    "horizon",
    "operator",
    "threshold",
    "critical_threshold",
    "severity",
    "judged",
    "most_open",
    "pending_for",
    "keep_firing_for",
    "unknown_for",
    "summary",
    "runbook",
    "links",
)
"""The fields of a record beside its key, in the order of the form."""


def stored(record: Mapping[str, Any]) -> dict[str, Any]:
    """What of a record is told, exported and compared: no stamps, no empty fields, numbers as numbers."""
    values: dict[str, Any] = {"enabled": int(bool(record.get("enabled")))}
    if most := int(record.get("most_open") or 0):
        values["most_open"] = most
    for field in TOLD_FIELDS:
        if field not in ("enabled", "most_open") and (text := str(record.get(field) or "").strip()):
            values[field] = text
    return values


def record(site: Site, key: str, after: Mapping[str, Any] | None) -> bool:
    """Write down what became of the rule, None where it was removed; false where nothing changed.

    What it was before is read from the history itself, so that a change past the form is told as well.
    """
    last = site.get_all(
        DOCTYPE,
        ["action", "rule_after"],
        {"rule_key": key},
        order_by="changed_at desc, creation desc",
        limit=1,
    )
    before = _values(last[0]) if last and last[0]["action"] != "Removed" else None
    now = redact_strings(stored(after)) if after is not None else None
    if before == now:
        return False
    action = "Removed" if now is None else "Changed" if before is not None else "Added"
    values = {
        "rule_key": key,
        "action": action,
        "changed_by": shorten(site.user(), 140),  # not masked: who it was is what the history is for
        "changed_at": _later_than_last(site, key),
        "changes": clean("\n".join(_lines(before or {}, now or {}))),
        "rule_after": json_without_markup(json.dumps(now or {}, ensure_ascii=False)),
    }
    site.insert(DOCTYPE, values)
    return True


def history(site: Site, key: str = "", limit: int = 100) -> list[Row]:
    """The newest changes of one rule, or of all of them."""
    fields = ["rule_key", "action", "changed_by", "changed_at", "changes"]
    order = "changed_at desc, creation desc"
    return site.get_all(DOCTYPE, fields, {"rule_key": key} if key else {}, order_by=order, limit=limit)


def trim(site: Site, limit: int) -> int:
    """Delete what is older than seven years."""
    if not readiness.keeps(site, DOCTYPE):
        return 0
    return site.delete(DOCTYPE, {"changed_at": ("<", site.now() - KEPT_FOR)}, limit=limit)


def _later_than_last(site: Site, key: str) -> datetime:
    """Now, or just after the last change where the clock went back: the order of changes is kept."""
    last = site.get_all(DOCTYPE, ["changed_at"], {"rule_key": key}, order_by="changed_at desc", limit=1)
    now = site.now()
    return max(now, last[0]["changed_at"] + timedelta(microseconds=1)) if last else now


def _values(row: Row) -> dict[str, Any]:
    try:
        return json_object(row["rule_after"])
    except ValueError:
        return {}


def _lines(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    return [
        f"{field}: {_shown(before.get(field))} → {_shown(after.get(field))}"
        for field in TOLD_FIELDS
        if before.get(field) != after.get(field)
    ]


def _shown(value: object) -> str:
    return "—" if value in (None, "") else one_line(value, 300)
