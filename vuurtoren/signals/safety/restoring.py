"""Whether the newest backup could be restored when that was last tried, and whether a copy lies elsewhere."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from vuurtoren.backups import copies, drills
from vuurtoren.metrics.metric import Metric
from vuurtoren.metrics.promise import Promise
from vuurtoren.metrics.source import Context, Source
from vuurtoren.site.errors import Unavailable
from vuurtoren.site.words.words import Words

NEVER = Words(
    "no backup was tried yet: `monitoring backup drill` does it, and once a month it is done by itself"
)
DRILL_PROMISES = {
    "backup.restorable": Promise(
        "yes/no",
        "Backup restorable",
        "Whether the newest backup could be restored when that was last tried, with its audit trail.",
    ),
    "backup.drill_age_days": Promise(
        "days",
        "Last drill of a backup",
        "How long ago a backup was last restored as a trial, or read to its end where none may be restored.",
    ),
    "backup.rows": Promise(
        "rows", "Rows in the backup", "How many rows were in the backup that was last tried."
    ),
}
COPY_PROMISES = {
    "backup.copy_age_hours": Promise(
        "h", "Age of the newest copy elsewhere", "How long ago the newest copy off this machine was written."
    ),
}


def measure_drills(context: Context) -> Iterable[Metric]:
    last = drills.newest(context.site, *drills.ANSWERS)
    if last is None:
        raise Unavailable(str(NEVER.text))
    evidence = [{"file": last.backup, "tried": last.started_at, "because": last.because}]
    if last.outcome == "Whole":
        why = Words(
            "{0} was read to its end and is whole, and was not restored: {1}", last.backup, last.because
        )
        yield context.unknown("backup.restorable", why)
    else:
        yield context.known(
            "backup.restorable", last.outcome == "Restorable", evidence=evidence, doctype=drills.DOCTYPE
        )
    age = context.site.now() - last.started_at
    yield context.known(
        "backup.drill_age_days", round(age / timedelta(days=1), 2), evidence=evidence, doctype=drills.DOCTYPE
    )
    yield context.known("backup.rows", last.row_count, evidence=evidence, doctype=drills.DOCTYPE)


def measure_copies(context: Context) -> Iterable[Metric]:
    newest = copies.newest(context.site)
    age_hours = (context.site.now_utc() - newest.written_at_utc) / timedelta(hours=1)
    written = context.site.from_utc(newest.written_at_utc)
    evidence = [{"place": newest.place, "file": newest.name, "written": written}]
    yield context.known("backup.copy_age_hours", round(age_hours, 2), evidence=evidence)


SOURCES = (
    Source("safety.drills", DRILL_PROMISES, measure_drills, keep_seconds=60),
    Source("safety.copies", COPY_PROMISES, measure_copies, keep_seconds=1800),
)
