"""One row against its leaf: is it the event that was written, and the one that was sealed?"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from datetime import datetime, timedelta, timezone
from functools import lru_cache
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo, available_timezones

from vuurtoren.audit.adoption.adopted import is_adopted
from vuurtoren.audit.details.details_box import Opened, Opener, State
from vuurtoren.audit.seals import canonical
from vuurtoren.audit.seals.findings import (
    CHANGED_BEFORE_SEAL,
    LEAF_CHANGED,
    NOT_CHECKABLE,
    RENAMED,
    ROW_CHANGED,
)
from vuurtoren.audit.seals.keys import load_details_keys
from vuurtoren.audit.seals.shown_columns import SHOWN, ShownColumns
from vuurtoren.audit.seals.tables import LEAF, LOG
from vuurtoren.audit.seals.user_names import RENAMES, Renames
from vuurtoren.site.protocol import Site
from vuurtoren.site.values import Row
from vuurtoren.site.words.words import Words

READ_FIELDS = (*canonical.ROW_FIELDS, "name", "timestamp", "reference_name", *SHOWN)
_UTC = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:[0-5]\d\.\d{6}Z", re.ASCII)
_MINUTE = len("2026-11-04T09:00")
_MINUTES_KEPT = 1024
ZONE_CHANGES = {"process_type": "Configuration Change", "action": "time_zone_changed"}
"""The entries that say which time zones the site had: their details hold `before` and `after`."""
ZONES = available_timezones()
QUARTER_OF_AN_HOUR = timedelta(minutes=15)
FARTHEST_ZONE = timedelta(hours=14)


class RowVerdict(NamedTuple):
    """What is wrong with a row and its leaf: (class, explanation) pairs, and the leaf that the row makes.

    `details` are in clear where they could be opened; `locked` names the key that they lack.
    """

    wrong: tuple[tuple[str, str], ...]
    leaf: bytes | None
    erased: bool = False
    details: str | None = None
    locked: str = ""


def mac_fits(row: Row, record: bytes, keys: Sequence[bytes]) -> bool:
    """Whether one of the site's keys, newest first, authenticates the record."""
    stated = row["row_mac"]
    return any(canonical.row_mac(record, key) == stated for key in reversed(keys))


def judge(
    site: Site, row: Row, leaf: Row | None, mac_keys: Sequence[bytes], sealed_at: datetime | None = None
) -> RowVerdict:
    """Judge one row; without a leaf it is not sealed yet. Without any key the code cannot be checked."""
    return Judge(site, mac_keys).of(row, leaf, sealed_at)


class Judge:
    """Judges many rows of one site, read by `get_all` or by `scan`, as `judge` does it with one."""

    def __init__(self, site: Site, mac_keys: Sequence[bytes]) -> None:
        self.site = site
        self.mac_keys = mac_keys
        self.opener = Opener(load_details_keys(site), mac_keys)
        self._zones: list[ZoneInfo] | None = None
        self._zones_unreadable = False
        self._renames: Renames | None = None
        self._shown = ShownColumns(site, self._zones_before, self._renames_told)
        self._shown_minute = lru_cache(_MINUTES_KEPT)(lambda minute_utc: _site_minute(site, minute_utc))

    def of(self, row: Row, leaf: Row | None, sealed_at: datetime | None = None) -> RowVerdict:
        """Everything about a row: what is sealed, and what is shown; see `ShownColumns` for `sealed_at`."""
        opened = self.opener.open(row)
        judged = self._sealed(row, leaf, opened)
        if judged.leaf is None:
            return judged
        wrong = [*judged.wrong, *(time_wrong := self._time_shown(row)), *_name_shown(row)]
        if not (judged.wrong or time_wrong):  # else there is nothing to compare with that can be believed
            older, found = opened.state is State.PLAIN, is_adopted(row)
            wrong += self._shown.wrong(row, by_older_version=older, found=found, sealed_at=sealed_at)
        return judged._replace(wrong=tuple(wrong))

    def sealed(self, row: Row, leaf: Row | None) -> RowVerdict:
        """What is sealed of a row, and nothing of what is only shown; for what the trail says of itself."""
        return self._sealed(row, leaf, self.opener.open(row))

    def _sealed(self, row: Row, leaf: Row | None, opened: Opened) -> RowVerdict:
        try:
            record = canonical.record(row)
        except canonical.NotCanonical as error:
            return RowVerdict(((ROW_CHANGED, str(error)),), None)
        made = canonical.leaf_hash(record)
        authentic = not self.mac_keys or mac_fits(row, record, self.mac_keys)
        erased = leaf is not None and row["details"] is None and row["details_salt"] is None
        locked = opened.key_id if opened.state is State.LOCKED else ""
        complete = erased or bool(locked) or details_fit(row, opened)
        # what was wrong with a flagged event may lie in details that nobody can read any more
        wrong = _against_leaf(leaf, made, authentic, complete and not locked)
        if not complete:
            wrong.append((ROW_CHANGED, Words("the details are not those that were written")))
        return RowVerdict(tuple(wrong), made, erased, opened.details, locked)

    def _time_shown(self, row: Row) -> list[tuple[str, str]]:
        """What people see but is not sealed itself must agree with what is."""
        sealed, shown = row["event_time_utc"], row["timestamp"]
        if isinstance(shown, datetime):
            shown = shown.isoformat(" ", "microseconds")
        if not isinstance(sealed, str) or not _UTC.fullmatch(sealed):
            return [(ROW_CHANGED, Words("its time {0} cannot be read", repr(sealed)))]
        try:
            # zones differ from UTC by whole minutes, and seconds are the same everywhere
            expected = self._shown_minute(sealed[:_MINUTE]) + sealed[_MINUTE:-1]
        except (ValueError, OverflowError):
            return [(ROW_CHANGED, Words("its time {0} cannot be read", repr(sealed)))]
        if shown == expected or self._was_shown_so(sealed, shown) or self._was_found_so(row, shown):
            return []
        question = _zone_question(sealed, shown)
        kind = NOT_CHECKABLE if question and self._zones_unreadable else ROW_CHANGED
        return [(kind, Words("it shows the time {0}, sealed is {1}{2}", shown, sealed, question))]

    def _was_shown_so(self, sealed: str, shown: str) -> bool:
        """Whether the site showed the time so in a zone that it had before, as sealed entries say."""
        moment = datetime.fromisoformat(sealed.removesuffix("Z")).replace(tzinfo=timezone.utc)
        return any(
            moment.astimezone(zone).replace(tzinfo=None).isoformat(" ", "microseconds") == shown
            for zone in self._zones_before()
        )

    def _was_found_so(self, row: Row, shown: Any) -> bool:
        """Whether an adopted row shows a time of the hour that a spring leaves out, which no clock showed."""
        if not is_adopted(row):
            return False
        try:
            moment = self.site.to_utc(datetime.fromisoformat(str(shown)))
        except (ValueError, OverflowError):
            return False
        return bool(canonical.utc_text(moment) == row["event_time_utc"])

    def _zones_before(self) -> Sequence[ZoneInfo]:
        if self._zones is None:
            self._zones = []
            for row in self.site.get_all(LOG, READ_FIELDS, ZONE_CHANGES):
                self._zones += self._zones_of(row)
        return self._zones

    def _zones_of(self, row: Row) -> list[ZoneInfo]:
        leaves = self.site.get_all(LEAF, ("leaf", "flag"), {"event": row["event_id"]}, limit=1)
        judged = self.sealed(row, leaves[0] if leaves else None)
        if not leaves or judged.wrong:
            return []
        self._zones_unreadable |= bool(judged.locked)
        details = json.loads(judged.details or "{}")
        return [ZoneInfo(str(details[name])) for name in ("before", "after") if details.get(name) in ZONES]

    def _renames_told(self) -> Renames:
        """By entries that this site wrote, sealed or not yet: their code shows it."""
        if self._renames is None:
            self._renames = Renames(self.mac_keys)
            for row in self.site.get_all(LOG, READ_FIELDS, RENAMES) if self.mac_keys else ():
                leaves = self.site.get_all(LEAF, ("leaf", "flag"), {"event": row["event_id"]}, limit=1)
                judged = self.sealed(row, leaves[0] if leaves else None)
                self._renames.unreadable |= bool(judged.locked)
                if not judged.wrong and judged.details:
                    self._renames.add(judged.details)
        return self._renames


def details_fit(row: Row, opened: Opened) -> bool:
    """Whether what was opened is what the row was committed to."""
    if opened.state is State.BROKEN:
        return False
    commitment = {"details_commit": row["details_commit"]}
    return canonical.details_fit({"details": opened.details, "details_salt": opened.salt, **commitment})


def _against_leaf(leaf: Row | None, made: bytes, authentic: bool, complete: bool) -> list[tuple[str, str]]:
    if leaf is None:
        return [] if authentic else [(ROW_CHANGED, Words("it does not carry the site's authentication code"))]
    same = leaf["leaf"] == made.hex()
    if leaf["flag"] and not (same and authentic and complete):
        return [(CHANGED_BEFORE_SEAL, str(leaf["flag"]))]
    if leaf["flag"]:
        return [(LEAF_CHANGED, Words("it says that the event was bad when it was sealed, which is not so"))]
    if not authentic:
        return [
            (
                ROW_CHANGED,
                Words("its authentication code does not fit")
                if same
                else Words("its authentication code does not fit, nor does its leaf"),
            )
        ]
    return [] if same else [(LEAF_CHANGED, Words("the row is authentic, its leaf is another"))]


def _name_shown(row: Row) -> list[tuple[str, str]]:
    doctype, name = row["reference_doctype"], row["reference_name"]
    named = f"{doctype}/{name}" if doctype and name else str(doctype or name or "")
    if is_adopted(row) and not str(row["entity_name"] or "").startswith(f"{doctype}/"):
        return []  # whoever wrote it called it something of their own
    if named[: canonical.NAME_LENGTH] == (row["entity_name"] or ""):
        return []
    return [(RENAMED, Words("{0} is now called {1}", row["entity_name"], name))]


def _zone_question(sealed: str, shown: object) -> str:
    """Words for the difference that a change of the site's time zone makes when nobody wrote it down."""
    try:
        apart = datetime.fromisoformat(str(shown)) - datetime.fromisoformat(sealed.removesuffix("Z"))
    except ValueError:
        return ""
    if abs(apart) > FARTHEST_ZONE or apart % QUARTER_OF_AN_HOUR:
        return ""
    return Words("; the difference is that of a time zone: was the site's changed?")


def _site_minute(site: Site, minute_utc: str) -> str:
    return site.from_utc(datetime.fromisoformat(minute_utc)).isoformat(" ", "minutes")
