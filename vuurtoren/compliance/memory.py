"""What one scan leaves for the next: in the row of its runs, as JSON."""

from __future__ import annotations

import json
from typing import Any

from vuurtoren.health import runs
from vuurtoren.site.protocol import Site
from vuurtoren.site.strangers import NotReadable, json_object

JOB = "compliance scan"


def read(site: Site) -> dict[str, Any]:
    """Empty before the first scan, and where it cannot be read."""
    row = site.get(runs.DOCTYPE, JOB) if site.has_doctype(runs.DOCTYPE) else None
    try:
        return json_object(row["cursor"]) if row else {}
    except NotReadable:
        return {}


def keep(site: Site, told: dict[str, Any]) -> None:
    """In place of what was left before; the caller commits."""
    if not site.get(runs.DOCTYPE, JOB):
        site.insert(runs.DOCTYPE, {"job": JOB, "version": 0})
    site.update(runs.DOCTYPE, JOB, {"cursor": json.dumps(told)})
