"""Rows of Site Change: written once, read by time, and kept as long as alerts."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import cast, get_args

from vuurtoren.changes.change import DOCTYPE, Action, Change
from vuurtoren.health import readiness
from vuurtoren.site.protocol import Site
from vuurtoren.site.strangers import whole
from vuurtoren.site.values import Row

MOST_READ = 500
_FIELDS = [
    "kind", "change", "subject", "about", "app", "detail", "changed_by", "amount", "changed_at", "not_before",
]  # fmt: skip
NEWEST_FIRST = "changed_at desc, name"


def store(site: Site, changes: Iterable[Change]) -> int:
    """Write those that are not stored yet, and return how many; the caller commits."""
    by_key = {change.key: change for change in changes}
    if not by_key:
        return 0
    known = {row["name"] for row in site.get_all(DOCTYPE, ["name"], {"name": ("in", sorted(by_key))})}
    rows = [{"name": key, **each.as_row()} for key, each in sorted(by_key.items()) if key not in known]
    site.insert_many(DOCTYPE, rows)
    return len(rows)


def between(site: Site, since: datetime, until: datetime, most: int = MOST_READ) -> list[Change]:
    """What changed from `since` to `until`, the newest first, at most the newest 500."""
    if not readiness.keeps(site, DOCTYPE):
        return []
    within = {"changed_at": [(">=", since), ("<=", until)]}
    rows = site.get_all(DOCTYPE, _FIELDS, within, order_by=NEWEST_FIRST, limit=most)
    return [change for row in rows if (change := _read(row))]


def newest_before(site: Site, moment: datetime, since: datetime) -> list[Change]:
    """What may have been there at that moment: also what was seen later, and may have been before."""
    if not readiness.keeps(site, DOCTYPE):
        return []
    later = {"changed_at": (">", moment), "not_before": ("<=", moment)}
    rows = site.get_all(DOCTYPE, _FIELDS, later, order_by="changed_at", limit=MOST_READ)
    seen_later = [change for row in rows if (change := _read(row))]
    return [*seen_later, *between(site, since, moment)]


def trim(site: Site, older_than: datetime, limit: int) -> int:
    """Delete what changed before then, at most so many; how many went."""
    if not readiness.keeps(site, DOCTYPE):
        return 0
    return site.delete(DOCTYPE, {"changed_at": ("<", older_than)}, limit=limit)


def _read(row: Row) -> Change | None:
    if row["change"] not in get_args(Action) or not isinstance(row["changed_at"], datetime):
        return None
    before = row["not_before"]
    return Change(
        str(row["kind"] or ""),
        cast(Action, row["change"]),
        str(row["subject"] or ""),
        row["changed_at"],
        str(row["about"] or ""),
        str(row["app"] or ""),
        str(row["detail"] or ""),
        str(row["changed_by"] or ""),
        whole(row["amount"]),
        before if isinstance(before, datetime) else None,
    )
