"""The texts of Monitoring Settings become rows of its tables; what no row can say stays there."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from vuurtoren.settings import settings, tables
from vuurtoren.settings.text_forms import FIELDS, USUAL_SEVERITY
from vuurtoren.site.protocol import Site

CHILDREN = {
    "recipient_rows": "Monitoring Recipient",
    "channel_rows": "Monitoring Channel",
    "quiet_hour_rows": "Monitoring Quiet Hours",
    "escalation_level_rows": "Monitoring Escalation Level",
}
NOTHING = (None, "", 0, USUAL_SEVERITY)


def carry_over(site: Site, write: Callable[[Mapping[str, Any]], None]) -> tuple[str, ...]:
    """Rows for what the texts say, and the texts without it; which fields changed. The caller commits.

    `write` stores fields as they are. A second time there is nothing to do; nobody is told otherwise before,
    between or after, as whoever reads the settings reads both.
    """
    stored = site.get_single(settings.DOCTYPE)
    held = tables.join(stored)
    for table, rows in held.rows.items():
        there = len(stored.get(table) or [])
        for position, row in enumerate(rows[there:], start=there + 1):
            place = {"parent": settings.DOCTYPE, "parenttype": settings.DOCTYPE, "parentfield": table}
            site.insert(CHILDREN[table], {**row, **place, "idx": position})
    fields = [field for of in FIELDS.values() for field in of]
    changed = {key: held.left[key] for key in fields if not _same(stored.get(key), held.left[key])}
    if changed:
        write(changed)
    return tuple(changed)


def _same(stored: object, left: object) -> bool:
    return stored == left or (stored in NOTHING and left in NOTHING)
