"""Quiet hours for each severity: what may wait is held back and sent at their end; CRITICAL never waits."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from vuurtoren.rules.rule import SEVERITIES

NEVER_QUIET = "CRITICAL"
_LINE = re.compile(r"([A-Z]+)\s+(\d{1,2}):(\d{2})\s*-\s*(\d{1,2}):(\d{2})")


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


def parse(text: str) -> tuple[Mapping[str, Quiet], list[str]]:
    """Quiet hours by severity from lines like “LOW 20:00-08:00”; a sentence for each that is none."""
    found: dict[str, Quiet] = {}
    refused = []
    for line in filter(None, (part.strip() for part in re.split(r"[,\n]", text))):
        quiet, sentence = _one(line)
        if quiet:
            found[quiet[0]] = quiet[1]
        else:
            refused.append(sentence)
    return found, refused


def _one(line: str) -> tuple[tuple[str, Quiet] | None, str]:
    match = _LINE.fullmatch(line.upper())
    if not match or match[1] not in SEVERITIES:
        return None, f"quiet_hours: {line!r} is not like “LOW 20:00-08:00”"
    if match[1] == NEVER_QUIET:
        return None, f"quiet_hours: {NEVER_QUIET} is never held back"
    try:
        quiet = Quiet(time(int(match[2]), int(match[3])), time(int(match[4]), int(match[5])))
    except ValueError:
        return None, f"quiet_hours: {line!r} names no time of day"
    if quiet.start == quiet.until:
        return None, f"quiet_hours: {line!r} never ends, so that nothing of it would ever be told"
    return (match[1], quiet), ""
