"""Quiet hours for each severity: what may wait is held back and sent at their end; CRITICAL never waits."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any

from vuurtoren.rules.rule import SEVERITIES
from vuurtoren.site.words.words import Words

NEVER_QUIET = "CRITICAL"
_LINE = re.compile(r"([A-Z]+)\s+(\d{1,2}:\d{2})\s*-\s*(\d{1,2}:\d{2})")
_TIME = re.compile(r"(\d{1,2}):(\d{2})(?::(\d{2})(?:\.\d+)?)?")


@dataclass(frozen=True)
class Quiet:
    """From when until when, site time; where `until` is not later than `start` it is on the next day."""

    start: time
    until: time

    def ends_at(self, now: datetime) -> datetime | None:
        """When the quiet hours that hold now end; None when it is not quiet."""
        for day in (now.date() - timedelta(days=1), now.date()):
            begins = datetime.combine(day, self.start)
            ends = datetime.combine(day + timedelta(days=self.until <= self.start), self.until)
            if begins <= now < ends:
                return ends
        return None

    def said(self) -> str:
        """As a line of the text form says it: 20:00-08:00."""
        return f"{self.start:%H:%M}-{self.until:%H:%M}"


def parse(text: str) -> tuple[dict[str, Quiet], dict[str, str]]:
    """Quiet hours by severity from lines like “LOW 20:00-08:00”, of several about one the last; and each line
    that holds not, with a sentence."""
    found: dict[str, Quiet] = {}
    refused: dict[str, str] = {}
    lines = [part.strip() for part in re.split(r"[,\n]", text) if part.strip()]
    for line in reversed(lines):
        severity, quiet, sentence = _of_line(line)
        if quiet is None:
            refused[line] = sentence
        elif severity in found:
            refused[line] = f"quiet_hours: {line!r} is not the last line about {severity}, which holds"
        else:
            found[severity] = quiet
    return dict(reversed(found.items())), dict(reversed(refused.items()))


def read(rows: Iterable[Mapping[str, Any]]) -> tuple[dict[str, Quiet], list[str]]:
    """Quiet hours by severity from rows of the table, of several about one the first; a sentence for each
    row that holds not."""
    found: dict[str, Quiet] = {}
    refused = []
    for row in rows:
        severity = str(row.get("severity") or "")
        times = f"{clock(row.get('from_time'))}-{clock(row.get('until_time'))}"
        quiet, sentence = _one(severity, row.get("from_time"), row.get("until_time"), f"{severity} {times}")
        if quiet is None:
            refused.append(sentence)
        elif severity in found:
            refused.append(Words("quiet_hours: {0} has more than one row; the first holds", severity))
        else:
            found[severity] = quiet
    return found, refused


def clock(value: object) -> str:
    """A time of day as people write it; anything else as it is."""
    read = _time(value)
    return f"{read:%H:%M}" if read else str(value or "")


def _of_line(line: str) -> tuple[str, Quiet | None, str]:
    match = _LINE.fullmatch(line.upper())
    if not match or match[1] not in SEVERITIES:
        return "", None, Words("quiet_hours: {0} is not like “LOW 20:00-08:00”", repr(line))
    return match[1], *_one(match[1], match[2], match[3], line)


def _one(severity: str, start: object, until: object, said: str) -> tuple[Quiet | None, str]:
    if severity not in SEVERITIES:
        return None, Words("quiet_hours: {0} is not one of {1}", repr(severity), ", ".join(SEVERITIES))
    if severity == NEVER_QUIET:
        return None, Words("quiet_hours: {0} is never held back", NEVER_QUIET)
    begins, ends = _time(start), _time(until)
    if begins is None or ends is None:
        return None, Words("quiet_hours: {0} names no time of day", repr(said))
    if begins == ends:
        return None, Words(
            "quiet_hours: {0} never ends, so that nothing of it would ever be told", repr(said)
        )
    return Quiet(begins, ends), ""


def _time(value: object) -> time | None:
    """A time of day, however the platform hands it out; a time span is one since midnight."""
    if isinstance(value, time):
        return value.replace(microsecond=0)
    match = _TIME.fullmatch(str(value).strip()) if value is not None else None
    try:
        return time(int(match[1]), int(match[2]), int(match[3] or 0)) if match else None
    except ValueError:
        return None
