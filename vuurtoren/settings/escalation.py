"""Levels 1 to 3: who else is told when nobody acknowledges an alert in time; settings and pure functions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from vuurtoren.outward.addresses import sorted_out
from vuurtoren.rules.rule import SEVERITIES, rank
from vuurtoren.settings import tables
from vuurtoren.settings.channels import channel_names
from vuurtoren.settings.tables import Joined
from vuurtoren.settings.text_forms import (
    FIELDS,
    LEVEL_ROWS,
    NUMBERS,
    PEOPLE_ROWS,
    USUAL_SEVERITY,
    too_long,
    whole_minutes,
)
from vuurtoren.site.values import Row
from vuurtoren.site.words.words import Words


@dataclass(frozen=True)
class EscalationLevel:
    """Who is told when an alert of this severity or a worse one stays unacknowledged for so long.

    Without a valid recipient the usual ones are told again; without channels the usual order holds.
    """

    number: int
    after: timedelta
    recipients: tuple[str, ...] = ()
    severity: str = USUAL_SEVERITY
    channels: tuple[str, ...] = ()


@dataclass(frozen=True)
class EscalationState:
    """An open alert as far as the climb goes: `since` is when its first recipients were told (site time)."""

    since: datetime
    severity: str
    level: int = 1
    acknowledged: bool = False
    held_back: bool = False
    """Silenced, or its severity has quiet hours now."""


def reached(
    alert: EscalationState, levels: Sequence[EscalationLevel], now: datetime
) -> tuple[EscalationLevel, ...]:
    """The levels to be told now, lowest first; none once somebody acknowledged it, and none twice.

    A clock that went back is measured by its distance.
    """
    if alert.acknowledged or alert.held_back:
        return ()
    waited = abs(now - alert.since)
    due = [each for each in levels if each.number > max(1, alert.level) and waited >= each.after]
    return tuple(each for each in due if rank(alert.severity) >= rank(each.severity))


def read(row: Mapping[str, Any]) -> tuple[tuple[EscalationLevel, ...], list[str]]:
    """The levels of one row of Monitoring Settings, and a sentence for everything that had to be ignored."""
    held = tables.join(row)
    keys = [key for fields in FIELDS.values() for key in fields if key.startswith("escalation_")]
    problems = held.said(*keys) + _no_levels(held)
    levels = []
    for number in NUMBERS:
        level, sentences = _one(held, number)
        levels += [level] if level else []
        problems += sentences
    if len(levels) == len(NUMBERS) and levels[1].after <= levels[0].after:
        problems.append(Words("escalation_3_minutes: more than those of level 2"))
    return tuple(levels), problems


def _no_levels(held: Joined) -> list[str]:
    """Rows about a level that does not exist, or that there is no second row about."""
    given = [str(row["level"]) for row in held.rows[LEVEL_ROWS]]
    odd = [each for each in given if each not in map(str, NUMBERS)]
    twice = sorted({each for each in given if given.count(each) > 1 and each not in odd})
    strange = (*odd, *tables.levels_of(held.rows[PEOPLE_ROWS]))
    more = "{0}: level {1} has more than one row; the first holds"
    return [
        *(Words("{0}: {1} is no level to climb to", LEVEL_ROWS, repr(each)) for each in strange),
        *(Words(more, LEVEL_ROWS, each) for each in twice),
    ]


def _one(held: Joined, number: int) -> tuple[EscalationLevel | None, list[str]]:
    key = f"escalation_{number}"
    chosen = next((row for row in held.rows[LEVEL_ROWS] if str(row["level"]) == str(number)), Row())
    recipients, refused = sorted_out(held.people(number))
    channels, problems = channel_names(held, number)
    # of what stands in the text its reader has said so
    unread = str(held.left[f"{key}_recipients"]).split("\n")
    problems += [
        Words("{0}_recipients: {1} is not a mail address", key, repr(t)) for t in refused if t not in unread
    ]
    severity = str(chosen.get("severity") or USUAL_SEVERITY)
    if severity not in SEVERITIES:
        problems.append(
            Words("{0}_severity: {1} is not one of {2}", key, repr(severity), ", ".join(SEVERITIES))
        )
        severity = USUAL_SEVERITY
    minutes = whole_minutes(chosen.get("after_minutes"))
    if minutes is None:
        return None, [*problems, too_long(number)]
    if not minutes:
        return None, [
            *problems,
            *([Words("{0}_minutes: say after how many minutes", key)] if recipients else []),
        ]
    if not recipients:
        problems.append(
            Words("{0}_recipients: none is valid, so level {1} tells the usual ones again", key, number)
        )
    return EscalationLevel(number, timedelta(minutes=minutes), recipients, severity, channels), problems
