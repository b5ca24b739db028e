"""Pages of log rows in the order of time and name, forward and backward, a bounded number at a time."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from vuurtoren.error_kinds.cursor import Place
from vuurtoren.error_kinds.log_sources import ErrorSource, LoggedError
from vuurtoren.site.protocol import Site
from vuurtoren.site.values import Row

PAGE = 1_000
TEXTS_AT_ONCE = 100
LONGEST_TEXT = 100_000
"""Of a longer text the middle is left out: where an error begins and how it ends say what it is."""


def forward(site: Site, source: ErrorSource, since: datetime, until: datetime) -> Iterator[list[Row]]:
    """Glances (name, time and what `skip` needs) at the rows from `since` to `until`, oldest first."""
    after = None
    while True:
        rows = _page(site, source, {"at": after, "from": since, "until": until})
        if rows:
            yield rows
        if len(rows) < PAGE:
            return
        after = Place(rows[-1][source.key], rows[-1]["name"])


def backward(site: Site, source: ErrorSource, before: Place, first: datetime, limit: int) -> list[Row]:
    """Glances at up to `limit` rows before a place and not before `first`, newest first."""
    rows: list[Row] = []
    if before.name:
        same = {source.key: before.when, "name": ("<", before.name)}
        rows = _glance(site, source, same, "name desc", limit, first)
    if len(rows) < limit:
        older = {source.key: [("<", before.when), (">=", first)]}
        order = f"{source.key} desc, name desc"
        rows += _glance(site, source, older, order, limit - len(rows), first)
    return rows


def _page(site: Site, source: ErrorSource, where: dict[str, Any]) -> list[Row]:
    after, since, until = where["at"], where["from"], where["until"]
    order = f"{source.key}, name"
    if after is None:
        window = {source.key: [(">=", since), ("<=", until)]}
        return _glance(site, source, window, order, PAGE, since)
    rows = _glance(site, source, {source.key: after.when, "name": (">", after.name)}, order, PAGE, since)
    if len(rows) < PAGE:
        window = {source.key: [(">", after.when), ("<=", until)]}
        rows += _glance(site, source, window, order, PAGE - len(rows), since)
    return rows


def _glance(
    site: Site, source: ErrorSource, where: dict[str, Any], order: str, limit: int, since: datetime
) -> list[Row]:
    filters = {**source.filters, **source.window(since), **where}
    fields = ["name", source.key, *source.glance]
    rows = site.get_all(source.doctype, fields, filters, order_by=order, limit=limit)
    return [row | {"name": str(row["name"])} for row in rows]  # Frappe 14 numbers its log rows


def known_since(site: Site, source: ErrorSource, first: datetime, otherwise: datetime) -> datetime:
    """From when on the log shows what happened: `first` where it has older rows, else its oldest row.

    A log that was cleared, or a site that is younger, must not look like days without an error.
    """
    if not source.fills:
        return first
    older = {"creation": ("<", first), "modified": ("<", first)}
    if site.get_all(source.doctype, ["name"], older, limit=1):
        return first
    window = {**source.window(first), source.key: (">=", first)}
    oldest = site.get_all(source.doctype, [source.key], window, order_by=source.key, limit=1)
    return min(oldest[0][source.key], otherwise) if oldest else otherwise


def newest_names(site: Site, source: ErrorSource, after: datetime, limit: int) -> list[tuple[datetime, str]]:
    """Time and name of the rows dated after a moment."""
    rows = _glance(site, source, {source.key: (">", after)}, source.key, limit, after)
    return [(row[source.key], row["name"]) for row in rows]


def texts(site: Site, source: ErrorSource, glances: list[Row]) -> Iterator[list[LoggedError]]:
    """The errors behind glances, a few at a time because each text may be long."""
    for start in range(0, len(glances), TEXTS_AT_ONCE):
        names = [row["name"] for row in glances[start : start + TEXTS_AT_ONCE]]
        rows = site.get_all(source.doctype, source.fields, {"name": ("in", names)}, longest=LONGEST_TEXT)
        yield source.read(site, rows)
