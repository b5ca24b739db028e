"""Silences and maintenance windows: which of them keeps a message back, as pure functions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from vuurtoren.site.words.words import Words

SILENCE, WINDOW = "Silence", "Maintenance window"
KINDS = (SILENCE, WINDOW)
LONGEST = {SILENCE: timedelta(days=90), WINDOW: timedelta(days=7)}


@dataclass(frozen=True)
class Silence:
    """What is not told, and until when; times are site time.

    A `fingerprint` names one alert, a `rule` all of its alerts; a maintenance window with neither covers all.
    `ends_at` is None for one that lasts until its alerts are resolved; their end is told then.
    """

    name: str
    kind: str
    rule: str
    fingerprint: str
    starts_at: datetime
    ends_at: datetime | None
    reason: str
    by: str

    @property
    def until_resolved(self) -> bool:
        return self.ends_at is None

    @property
    def planned(self) -> bool:
        return self.kind == WINDOW

    def covers(self, rule: str, fingerprint: str) -> bool:
        """Whether an alert with this rule and fingerprint is meant."""
        if self.fingerprint:
            return self.fingerprint == fingerprint
        return self.rule == rule if self.rule else self.kind == WINDOW

    def holds(self, now: datetime) -> bool:
        """Whether it has begun and not run out; a plain silence begins when it is made."""
        begun = self.starts_at <= now or not self.planned
        return begun and (self.ends_at is None or now < self.ends_at)


def holding(
    silences: Sequence[Silence], rule: str, fingerprint: str, event: str, now: datetime
) -> Silence | None:
    """The silence that keeps this event ("opened" or "resolved") back, the one that lasts longest; or None.

    Where somebody asked "until resolved, then tell me", the end is told whatever else is silent.
    """
    held_by = [each for each in silences if each.covers(rule, fingerprint) and each.holds(now)]
    if event == "resolved" and any(each.until_resolved for each in held_by):
        return None
    return max(held_by, key=lambda each: each.ends_at or datetime.max, default=None)


def refusal(
    kind: str,
    rule: str,
    fingerprint: str,
    starts_at: datetime,
    ends_at: datetime | None,
    reason: str,
    now: datetime,
) -> str:
    """Why this must not be stored, in one sentence for people; empty when it may."""
    if kind not in KINDS:
        return Words("It is either a Silence or a Maintenance window.")
    if not reason.strip():
        return Words("Say why: others will ask.")
    if kind == SILENCE and not (rule or fingerprint):
        return Words(
            "Name a rule or the fingerprint of an alert; everything at once is a Maintenance window."
        )
    if ends_at is None:
        return Words("A Maintenance window needs an end.") if kind == WINDOW else ""
    if ends_at <= max(now, starts_at):
        return Words("The end must be later than now and than the beginning.")
    if ends_at - max(now, starts_at) > LONGEST[kind]:
        return Words("It may last {0} days at most.", LONGEST[kind].days)
    return ""
