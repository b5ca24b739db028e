"""Silences and maintenance windows: which of them keeps a message back, as pure functions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from vuurtoren.site.words.words import Words

SILENCE, WINDOW = "Silence", "Maintenance window"
KINDS = (SILENCE, WINDOW)
LONGEST = {SILENCE: timedelta(days=90), WINDOW: timedelta(days=7)}
EVERY = {"Daily": timedelta(days=1), "Weekly": timedelta(days=7)}
"""How often a window may repeat, at the same time of the site's day."""
REPEATS_FOR = timedelta(days=366)


@dataclass(frozen=True)
class Silence:
    """What is not told, and until when; times are site time.

    A `fingerprint` names one alert, a `rule` all of its alerts; a maintenance window with neither covers all.
    `ends_at` is None for one that lasts until its alerts are resolved; their end is told then. A window that
    `repeats` begins anew until that day; `starts_at` and `ends_at` are its first time.
    """

    name: str
    kind: str
    rule: str
    fingerprint: str
    starts_at: datetime
    ends_at: datetime | None
    reason: str
    by: str
    repeats: str = ""
    repeats_until: date | None = None
    spares_critical: bool = False

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
        begins, until = self.current(now)
        begun = begins <= now or not self.planned
        return begun and (until is None or now < until)

    def current(self, now: datetime) -> tuple[datetime, datetime | None]:
        """Beginning and end of the time that holds now, else of the next one, else of the last one."""
        if self.ends_at is None or self.repeats not in EVERY:
            return self.starts_at, self.ends_at
        every = EVERY[self.repeats]
        number = max(0, (now - self.ends_at) // every + 1)
        number = min(number, self._last(every))
        return self.starts_at + number * every, self.ends_at + number * every

    def _last(self, every: timedelta) -> int:
        last_day = self.repeats_until or self.starts_at.date()
        return max(0, (last_day - self.starts_at.date()) // every)

    def is_over(self, now: datetime) -> bool:
        """Whether it has run out and does not begin again."""
        until = self.current(now)[1]
        return until is not None and until <= now

    def ended_before(self, now: datetime) -> datetime | None:
        """When a window that repeats ended the last time; None where it did not yet, or does not repeat."""
        if self.ends_at is None or self.repeats not in EVERY or now < self.ends_at:
            return None
        every = EVERY[self.repeats]
        return self.ends_at + min((now - self.ends_at) // every, self._last(every)) * every


def holding(
    silences: Sequence[Silence], rule: str, fingerprint: str, event: str, now: datetime, severity: str = ""
) -> Silence | None:
    """The silence that keeps this event ("opened" or "resolved") back, the one that lasts longest; or None.

    One that spares what is critical keeps nothing back whose `severity` is CRITICAL.

    Where somebody asked "until resolved, then tell me", the end is told whatever else is silent.
    """
    held_by = [
        each
        for each in silences
        if each.covers(rule, fingerprint)
        and each.holds(now)
        and not (each.spares_critical and severity == "CRITICAL")
    ]
    if event == "resolved" and any(each.until_resolved for each in held_by):
        return None
    return max(held_by, key=lambda each: each.current(now)[1] or datetime.max, default=None)


def repeat_refusal(
    kind: str, starts_at: datetime, ends_at: datetime | None, repeats: str, until: date | None
) -> str:
    """Why this must not repeat so, in one sentence for people; empty when it may, or does not repeat."""
    if not repeats:
        return ""
    if repeats not in EVERY or kind != WINDOW or ends_at is None:
        return Words("Only a Maintenance window repeats, Daily or Weekly.")
    if until is None:
        return Words("Say until which day it repeats.")
    if not timedelta() <= until - starts_at.date() <= REPEATS_FOR:
        return Words("It may repeat for {0} days at most, from its first day on.", REPEATS_FOR.days)
    if ends_at - starts_at >= EVERY[repeats]:
        return Words("It must end before it begins again.")
    return ""


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
