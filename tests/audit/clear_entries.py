"""Entries with their details in clear, as a test wants to read them: the table holds boxes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from vuurtoren.audit.details.details_box import FIELDS, opened
from vuurtoren.audit.seals.tables import LOG
from vuurtoren.site.protocol import Site
from vuurtoren.site.values import Row


def clear_entries(
    site: Site, fields: Sequence[str], filters: Mapping[str, Any] | None = None, **how: Any
) -> list[Row]:
    """As `site.get_all` gives them, opened."""
    rows = site.get_all(LOG, [*dict.fromkeys([*fields, *FIELDS])], filters, **how)
    return [{name: row[name] for name in fields} for row in opened(site, rows)]


def clear_entry(site: Site, name: str | None) -> Row:
    """All stored fields of one entry."""
    (row,) = opened(site, [site.get(LOG, str(name)) or {}])
    return row
