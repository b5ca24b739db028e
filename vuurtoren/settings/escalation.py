"""Levels 1 to 3: who else is told when nobody acknowledges an alert in time; settings and pure functions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from vuurtoren.outward.addresses import sorted_out
from vuurtoren.rules.rule import SEVERITIES, rank
from vuurtoren.settings.channels import channel_names

NUMBERS = (2, 3)
"""Level 1 are the usual recipients, who are told at once."""
USUAL_SEVERITY = "HIGH"
LONGEST_MINUTES = 10_080


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
    levels, problems = [], []
    for number in NUMBERS:
        level, sentences = _one(row, number)
        levels += [level] if level else []
        problems += sentences
    if len(levels) == len(NUMBERS) and levels[1].after <= levels[0].after:
        problems.append("escalation_3_minutes: more than those of level 2")
    return tuple(levels), problems


def _one(row: Mapping[str, Any], number: int) -> tuple[EscalationLevel | None, list[str]]:
    key = f"escalation_{number}"
    minutes = _minutes(row.get(f"{key}_minutes"))
    recipients, refused = sorted_out(row.get(f"{key}_recipients"))
    channels, no_channels = channel_names(row, f"{key}_channels")
    problems = [f"{key}_recipients: {text!r} is not a mail address" for text in refused] + no_channels
    severity = str(row.get(f"{key}_severity") or USUAL_SEVERITY)
    if severity not in SEVERITIES:
        problems.append(f"{key}_severity: {severity!r} is not one of {', '.join(SEVERITIES)}")
        severity = USUAL_SEVERITY
    if minutes is None:
        return None, [
            *problems,
            f"{key}_minutes: from 0 (not used) to {LONGEST_MINUTES}",
        ]
    if not minutes:
        return None, [*problems, *([f"{key}_minutes: say after how many minutes"] if recipients else [])]
    if not recipients:
        problems.append(f"{key}_recipients: none is valid, so level {number} tells the usual ones again")
    return EscalationLevel(number, timedelta(minutes=minutes), recipients, severity, channels), problems


def _minutes(value: object) -> int | None:
    try:
        minutes = int(value or 0)  # type: ignore[call-overload]
    except (TypeError, ValueError, OverflowError):
        return None
    return minutes if 0 <= minutes <= LONGEST_MINUTES else None
