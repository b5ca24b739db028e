"""One row against its leaf: is it the event that was written, and the one that was sealed?"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from datetime import datetime, timedelta, timezone
from functools import lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo, available_timezones

from verenigingen.audit.seals import canonical
from verenigingen.audit.seals.findings import (
    CHANGED_BEFORE_SEAL,
    LEAF_CHANGED,
    RENAMED,
    ROW_CHANGED,
)
from verenigingen.audit.seals.tables import LEAF, LOG
from verenigingen.site.protocol import Site
from verenigingen.site.values import Row

READ_FIELDS = (*canonical.ROW_FIELDS, "name", "timestamp", "reference_name")
_UTC = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:[0-5]\d\.\d{6}Z", re.ASCII)
_MINUTE = len("2026-11-04T09:00")
_MINUTES_KEPT = 1024
ZONE_CHANGES = {"process_type": "Configuration Change", "action": "time_zone_changed"}
"""The entries that say which time zones the site had: their details hold `before` and `after`."""
ZONES = available_timezones()
QUARTER_OF_AN_HOUR = timedelta(minutes=15)
FARTHEST_ZONE = timedelta(hours=14)


class Judgement(NamedTuple):
    """What is wrong with a row and its leaf: (class, explanation) pairs, and the leaf that the row makes."""

    wrong: tuple[tuple[str, str], ...]
    leaf: bytes | None
    erased: bool = False


def mac_fits(row: Row, record: bytes, keys: Sequence[bytes]) -> bool:
    """Whether one of the site's keys, newest first, authenticates the record."""
    stated = row["row_mac"]
    return any(canonical.row_mac(record, key) == stated for key in reversed(keys))


def judge(site: Site, row: Row, leaf: Row | None, mac_keys: Sequence[bytes]) -> Judgement:
    """Judge one row; without a leaf it is not sealed yet. Without any key the code cannot be checked."""
    return Judge(site, mac_keys).of(row, leaf)


class Judge:
    """Judges many rows of one site, read by `get_all` or by `scan`, as `judge` does it with one."""

    def __init__(self, site: Site, mac_keys: Sequence[bytes]) -> None:
        self.site = site
        self.mac_keys = mac_keys
        self._zones: list[ZoneInfo] | None = None
        self._shown_minute = lru_cache(_MINUTES_KEPT)(lambda minute_utc: _site_minute(site, minute_utc))

    def of(self, row: Row, leaf: Row | None) -> Judgement:
        try:
            record = canonical.record(row)
        except canonical.NotCanonical as error:
            return Judgement(((ROW_CHANGED, str(error)),), None)
        made = canonical.leaf_hash(record)
        authentic = not self.mac_keys or mac_fits(row, record, self.mac_keys)
        erased = leaf is not None and row["details"] is None and row["details_salt"] is None
        complete = erased or canonical.details_fit(row)
        wrong = _against_leaf(leaf, made, authentic, complete)
        if not complete:
            wrong.append((ROW_CHANGED, "the details are not those that were written"))
        wrong += self._time_shown(row)
        wrong += _name_shown(row)
        return Judgement(tuple(wrong), made, erased)

    def _time_shown(self, row: Row) -> list[tuple[str, str]]:
        """What people see but is not sealed itself must agree with what is."""
        sealed, shown = row["event_time_utc"], row["timestamp"]
        if isinstance(shown, datetime):
            shown = shown.isoformat(" ", "microseconds")
        if not isinstance(sealed, str) or not _UTC.fullmatch(sealed):
            return [(ROW_CHANGED, f"its time {sealed!r} cannot be read")]
        try:
            # zones differ from UTC by whole minutes, and seconds are the same everywhere
            expected = self._shown_minute(sealed[:_MINUTE]) + sealed[_MINUTE:-1]
        except (ValueError, OverflowError):
            return [(ROW_CHANGED, f"its time {sealed!r} cannot be read")]
        if shown == expected or self._was_shown_so(sealed, shown):
            return []
        return [
            (ROW_CHANGED, f"it shows the time {shown}, sealed is {sealed}{_zone_question(sealed, shown)}")
        ]

    def _was_shown_so(self, sealed: str, shown: str) -> bool:
        """Whether the site showed the time so in a zone that it had before, as sealed entries say."""
        if self._zones is None:
            self._zones = []
            # newest first: an entry about a change may itself show its time in a zone that came before it
            for row in self.site.get_all(LOG, READ_FIELDS, ZONE_CHANGES, order_by="event_time_utc desc"):
                self._zones += self._zones_of(row)
        moment = datetime.fromisoformat(sealed.removesuffix("Z")).replace(tzinfo=timezone.utc)
        return any(
            moment.astimezone(zone).replace(tzinfo=None).isoformat(" ", "microseconds") == shown
            for zone in self._zones
        )

    def _zones_of(self, row: Row) -> list[ZoneInfo]:
        leaves = self.site.get_all(LEAF, ("leaf", "flag"), {"event": row["event_id"]}, limit=1)
        wrong = self.of(row, leaves[0] if leaves else None).wrong
        if not leaves or any(kind != RENAMED for kind, _ in wrong):
            return []
        details = json.loads(row["details"] or "{}")
        return [ZoneInfo(str(details[name])) for name in ("before", "after") if details.get(name) in ZONES]


def _against_leaf(leaf: Row | None, made: bytes, authentic: bool, complete: bool) -> list[tuple[str, str]]:
    if leaf is None:
        return [] if authentic else [(ROW_CHANGED, "it does not carry the site's authentication code")]
    same = leaf["leaf"] == made.hex()
    if leaf["flag"] and not (same and authentic and complete):
        return [(CHANGED_BEFORE_SEAL, str(leaf["flag"]))]
    if leaf["flag"]:
        return [(LEAF_CHANGED, "it says that the event was bad when it was sealed, which is not so")]
    if not authentic:
        return [
            (ROW_CHANGED, "its authentication code does not fit" + ("" if same else ", nor does its leaf"))
        ]
    return [] if same else [(LEAF_CHANGED, "the row is authentic, its leaf is another")]


def _name_shown(row: Row) -> list[tuple[str, str]]:
    doctype, name = row["reference_doctype"], row["reference_name"]
    named = f"{doctype}/{name}" if doctype and name else str(doctype or name or "")
    if named[: canonical.NAME_LENGTH] == (row["entity_name"] or ""):
        return []
    return [(RENAMED, f"{row['entity_name']} is now called {name}")]


def _zone_question(sealed: str, shown: object) -> str:
    """Words for the difference that a change of the site's time zone makes when nobody wrote it down."""
    try:
        apart = datetime.fromisoformat(str(shown)) - datetime.fromisoformat(sealed.removesuffix("Z"))
    except ValueError:
        return ""
    if abs(apart) > FARTHEST_ZONE or apart % QUARTER_OF_AN_HOUR:
        return ""
    return "; the difference is that of a time zone: was the site's changed?"


def _site_minute(site: Site, minute_utc: str) -> str:
    return site.from_utc(datetime.fromisoformat(minute_utc)).isoformat(" ", "minutes")
