"""Backup Drill: a row for each time that somebody tried whether a backup can be restored."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, cast, get_args

from vuurtoren.health import readiness
from vuurtoren.site.errors import SiteError
from vuurtoren.site.names import this_host
from vuurtoren.site.protocol import Site
from vuurtoren.site.schema import SHORT_TEXT_LENGTH
from vuurtoren.site.strangers import whole
from vuurtoren.site.values import Row
from vuurtoren.site.words.words import Words

DOCTYPE = "Backup Drill"
Outcome = Literal["Running", "Restorable", "Whole", "Not restorable", "Not tried"]
ANSWERS: tuple[Outcome, ...] = ("Restorable", "Whole", "Not restorable")
"""What says something of the backup: it was restored; it was read to its end; it is none."""
_FIELDS = (
    *("name", "outcome", "backup", "written_at", "because", "table_count", "row_count", "newest_row_at"),
    *("trail", "started_at", "ended_at"),
)


@dataclass(frozen=True)
class Drill:
    """One drill as it is stored; `because` says why the backup is none, or why it was not restored."""

    name: str
    outcome: Outcome
    backup: str
    written_at: datetime | None
    because: str
    table_count: int
    row_count: int
    newest_row_at: datetime | None
    trail: str
    started_at: datetime
    ended_at: datetime | None


def begin(site: Site, backup: str, written_at_utc: datetime) -> str:
    """Write down that a drill runs, and return its name; commits."""
    now = site.now()
    values = {
        "drill_key": f"{site.now_utc():%Y%m%d%H%M%S}-{secrets.token_hex(4)}",
        "outcome": "Running",
        "backup": backup[:SHORT_TEXT_LENGTH],
        "written_at": site.from_utc(written_at_utc),
        "host": this_host(),
        "started_at": now,
    }
    name = site.insert(DOCTYPE, values)
    site.commit()
    return name


def note(site: Site, name: str, **values: Any) -> None:
    """Write down what is known so far; commits."""
    site.update(DOCTYPE, name, values)
    site.commit()


def end_broken_off(site: Site, because: str) -> None:
    """Those that ran are over: nobody else is at work, whoever asks holds the lock. Commits."""
    running = {"outcome": "Running"}
    site.update_all(DOCTYPE, running, {"outcome": "Not tried", "because": because, "ended_at": site.now()})
    site.commit()


def newest(site: Site, *outcomes: Outcome) -> Drill | None:
    """The newest with one of these outcomes; None where there is none, or the table is not there yet."""
    if not readiness.keeps(site, DOCTYPE):
        return None
    rows = site.get_all(
        DOCTYPE, _FIELDS, {"outcome": ("in", outcomes)}, order_by="started_at desc, name desc", limit=1
    )
    return _read(rows[0]) if rows else None


def read(site: Site, name: str) -> Drill:
    """One drill by its name; raises SiteError where its row is gone."""
    row = site.get(DOCTYPE, name)
    found = _read(row) if row else None
    if found is None:
        raise SiteError(Words("the row of the drill {0} is gone", name))
    return found


def trim(site: Site, older_than: datetime, limit: int) -> int:
    """Delete what began before then, at most so many; how many went."""
    if not readiness.keeps(site, DOCTYPE):
        return 0
    return site.delete(DOCTYPE, {"started_at": ("<", older_than)}, limit=limit)


def _read(row: Row) -> Drill | None:
    if row["outcome"] not in get_args(Outcome) or not isinstance(row["started_at"], datetime):
        return None
    return Drill(
        str(row["name"]),
        cast(Outcome, row["outcome"]),
        str(row["backup"] or ""),
        _moment(row["written_at"]),
        str(row["because"] or ""),
        whole(row["table_count"]),
        whole(row["row_count"]),
        _moment(row["newest_row_at"]),
        str(row["trail"] or ""),
        row["started_at"],
        _moment(row["ended_at"]),
    )


def _moment(value: object) -> datetime | None:
    return value if isinstance(value, datetime) else None
