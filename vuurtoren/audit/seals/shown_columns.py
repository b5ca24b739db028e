"""What lists, filters and the form show and no seal covers by itself, against what is sealed.

The time as people see it is judged in `row_check`. `modified`, `modified_by`, `idx`, comments, likes, tags
and assignments are Frappe's own: they change as people use the desk, and nothing is told by them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta, timezone
from zoneinfo import ZoneInfo

from vuurtoren.audit.seals import canonical
from vuurtoren.audit.seals.findings import NOT_CHECKABLE, RENAMED, ROW_CHANGED
from vuurtoren.audit.seals.rows import short_text
from vuurtoren.audit.seals.user_names import Renames
from vuurtoren.site.protocol import Site
from vuurtoren.site.values import Row
from vuurtoren.site.words.words import Words

SHOWN = ("user", "owner", "creation", "docstatus")
CLOCKS_DIFFER_BY = timedelta(minutes=5)
"""So much may lie between the clocks of two hosts, or between an event and its row."""

Wrong = list[tuple[str, str]]


class ShownColumns:
    """Judges those columns of many rows; zones and renames are read from the trail when they are needed."""

    def __init__(
        self, site: Site, zones: Callable[[], Sequence[ZoneInfo]], renames: Callable[[], Renames]
    ) -> None:
        self._site = site
        self._zones = zones
        self._renames = renames

    def wrong(
        self, row: Row, *, by_older_version: bool, sealed_at: datetime | None, found: bool = False
    ) -> Wrong:
        """`sealed_at` is the UTC time of the checkpoint that first counts the row; without one, now.

        A row of an older version (its details are in clear) may be owned by whoever brought it in, and a
        rename of its user was not written down then: that is told, and is no accusation. An entry that was
        `found` is owned by whoever wrote it then, and may have been written before or after its own time.
        """
        same = row["user"] == row["owner"] == row["actor"]
        return [
            *([] if same else self._user(row, by_older_version)),
            *([] if same or by_older_version or found else self._owner(row)),
            *self._creation(row, by_older_version or found, sealed_at),
            *_docstatus(row),
        ]

    def _user(self, row: Row, by_older_version: bool) -> Wrong:
        shown, sealed = short_text(str(row["user"] or "")), row["actor"] or ""
        if shown == sealed:
            return []
        if by_older_version:
            return [(RENAMED, Words("it shows the user {0}, sealed is {1}", shown, sealed))]
        return [self._other_name(Words("it shows the user"), shown, sealed)]

    def _owner(self, row: Row) -> Wrong:
        """Whoever did it owns the entry, also where it came in later through the spool."""
        owner, sealed = short_text(str(row["owner"] or "")), row["actor"] or ""
        # both are renamed in the same moment, so what is told of the user need not be told twice
        if owner == sealed or owner == short_text(str(row["user"] or "")):
            return []
        return [self._other_name(Words("its owner is"), owner, sealed)]

    def _other_name(self, what: str, shown: str, sealed: str) -> tuple[str, str]:
        renames = self._renames()
        if renames.explain(sealed, shown):
            return RENAMED, Words("{0} {1}, who was {2} at the time", what, shown, sealed)
        if renames.unreadable:
            return (
                NOT_CHECKABLE,
                Words("{0} {1}, sealed is {2}; entries about renames cannot be opened", what, shown, sealed),
            )
        return ROW_CHANGED, Words(
            "{0} {1}, sealed is {2}, and no entry says that the user was renamed", what, shown, sealed
        )

    def _creation(self, row: Row, by_older_version: bool, sealed_at: datetime | None) -> Wrong:
        """Written after it happened and before it was sealed, in a time zone that the site has or had."""
        try:
            written, shown = _moment(row["creation"]), _moment(row["timestamp"])
            if timedelta(0) <= written - shown <= CLOCKS_DIFFER_BY:
                return []  # so are nearly all, and everything below takes longer
            happened = canonical.utc_time(row["event_time_utc"])
        except (TypeError, ValueError):
            return [(ROW_CHANGED, Words("its creation {0} cannot be read", row["creation"]))]
        first = datetime.min if by_older_version else happened - CLOCKS_DIFFER_BY
        last = max(happened, sealed_at or self._site.now_utc()) + CLOCKS_DIFFER_BY
        if any(first <= moment <= last for moment in self._in_utc(written)):
            return []
        return [(ROW_CHANGED, Words("its creation {0} is not between its event and its seal", written))]

    def _in_utc(self, written: datetime) -> list[datetime]:
        """What a site time may have been in UTC; an hour of every October happens twice."""
        twice = [written.replace(fold=fold) for fold in (0, 1)]
        moments = [self._site.to_utc(each) for each in twice]
        for zone in self._zones():
            moments += [
                each.replace(tzinfo=zone).astimezone(timezone.utc).replace(tzinfo=None) for each in twice
            ]
        return moments


def _docstatus(row: Row) -> Wrong:
    return (
        []
        if row["docstatus"] == 0
        else [(ROW_CHANGED, Words("its docstatus is {0}, not 0", row["docstatus"]))]
    )


def _moment(value: object) -> datetime:
    moment = value if isinstance(value, datetime) else datetime.fromisoformat(str(value))
    if moment.tzinfo is not None:
        raise ValueError(Words("site time has no zone"))
    return moment
